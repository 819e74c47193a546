import manifest from '../../package.json' with { type: 'json' };
import { enableCompileCache } from 'node:module';
import { readFileSync } from 'node:fs';
import { messageOf } from '../engine/failure.ts';
import type { PodApplier } from '../engine/pod-doors.ts';
import { functions } from '../functions/index.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import { loadKubeConfig } from '../kubernetes/load-kube-config.ts';
import { followServerTime } from '../kubernetes/server-time.ts';
import { podDefaults } from '../pods/pod-defaults.ts';
import { startHealthServer } from './health-server.ts';
import { loadFunctions } from './load-functions.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { observers } from './observers.ts';
import { runOperator } from './operator.ts';
import { readSettings, type OperatorSettings } from './settings.ts';
import { writeStandardError } from './standard-error.ts';
import { startTracing } from './tracing/tracing.ts';

const SERVICE_ACCOUNT_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

enableCompileCache();
// A function that ignores its signal, or a request that hangs, must not keep the process.
process.exit(await main());

/** The exit code: 0 after SIGTERM or SIGINT; 1 when it could not start or has lost its leadership, so that it is started again. */
async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env, manifest.version);
  const { log, masks } = createLog(settings, writeStandardError);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping: running pods go on');
      stop.abort(new Error(`stopped by ${signal}`));
    });
  }
  // A promise that somebody's function forgot must not end the runs of everybody else.
  process.on('unhandledRejection', (error) => {
    log.error({ error: messageOf(error) }, 'a promise was rejected, and nobody looked');
  });
  try {
    return await run(settings, { log, masks, stop: stop.signal });
  } catch (error) {
    if (stop.signal.aborted) return 0;
    log.fatal({ error: messageOf(error) }, 'the operator ends');
    return 1;
  }
}

async function run(
  settings: OperatorSettings,
  { log, masks, stop }: ReturnType<typeof createLog> & { stop: AbortSignal },
): Promise<number> {
  const kubernetes = await loadKubeConfig({
    env: reachableFrom(settings.env),
    clock: systemClock,
    ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
  });
  const { transport, clock } = followServerTime(kubernetes.transport, systemClock);
  const client = createClient(transport, {
    clock,
    userAgent: `kanister-operator/${manifest.version}`,
  });
  const metrics = createMetrics({ ...settings.metrics, version: settings.version });
  const health = await startHealthServer(settings, metrics.registry);
  log.info({ port: health.port }, 'serving health and metrics');
  const tracing = startTracing({
    settings,
    clock,
    random: Math.random,
    log,
    counts: metrics.spans,
  });
  try {
    const { functions: more, podDoors } = await loadFunctions(settings.functionModules);
    const outcome = await runOperator({
      settings: {
        ...settings,
        namespace: settings.namespace ?? namespaceOfServiceAccount() ?? kubernetes.namespace,
      },
      client,
      clock,
      random: Math.random,
      log,
      masks,
      functions: [...functions, ...more],
      podDoors: { ...podDoors, appliers: [...readPodDefaults(settings.podDefaults), ...podDoors.appliers] },
      observer: tracing ? observers(metrics.observer, tracing.observer) : metrics.observer,
      leading: metrics.leading,
      watchPlaces: metrics.watchPlaces,
      stop,
    });
    return outcome === 'lost' ? 1 : 0;
  } finally {
    await tracing?.close();
    await health.close();
    await client.close();
  }
}

/** Below what modules want of pods. */
function readPodDefaults(file: string | undefined): PodApplier[] {
  if (file === undefined) return [];
  try {
    return [podDefaults(readFileSync(file, 'utf8'))];
  } catch (error) {
    throw new Error(`the pod defaults of ${file} can't be used: ${messageOf(error)}`, { cause: error });
  }
}

/** In a pod the cluster is the one around it, whatever configuration lies in the image's home folder; KUBECONFIG is meant. */
function reachableFrom(env: OperatorSettings['env']): OperatorSettings['env'] {
  return env['KUBERNETES_SERVICE_HOST'] === undefined ? env : { ...env, HOME: undefined };
}

/** Undefined outside of a pod. */
function namespaceOfServiceAccount(): string | undefined {
  try {
    return readFileSync(SERVICE_ACCOUNT_NAMESPACE, 'utf8').trim();
  } catch {
    // Not in a pod: the kubeconfig's namespace is taken then.
    return undefined;
  }
}
