import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import type { ActionSet, ActionSpec, Blueprint } from '../../src/api/kanister/types.ts';
import { CANCEL_ANNOTATION } from '../../src/api/kanister/cancel.ts';
import { ACTION_SETS, API_VERSION, BLUEPRINTS, PROFILES } from '../../src/api/kanister/types.ts';
import type { FunctionDefinition } from '../../src/engine/function.ts';
import { Masks } from '../../src/engine/masks.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock, type Clock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { isNotFound } from '../../src/kubernetes/api-error.ts';
import type { ResourceType } from '../../src/kubernetes/objects.ts';
import { NAMESPACES } from '../../src/kubernetes/resources.ts';
import { observers } from '../../src/operator/observers.ts';
import { runOperator, type OperatorOptions } from '../../src/operator/operator.ts';
import { readSettings } from '../../src/operator/settings.ts';
import { createApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';

/** A cluster on which operators are started as often as a test wants. */
export interface OperatorBed {
  client: KubernetesClient;
  /** Of the operators, Blueprints and ActionSets. */
  namespace: string;
  /** What operators have logged. */
  log: string[];
  /** A `doomed` one is not waited for when the bed closes: it was killed. */
  start(
    options?: {
      functions?: FunctionDefinition[];
      identity?: string;
      client?: KubernetesClient;
      /** Further command-line flags. */
      flags?: string[];
      env?: Record<string, string>;
      clock?: Clock;
      /** What is told of runs, beside the resolutions. */
      metrics?: Partial<Pick<OperatorOptions, 'observer' | 'leading' | 'watchPlaces'>>;
      podDoors?: OperatorOptions['podDoors'];
    },
    fate?: 'doomed',
  ): RunningOperator;
  createBlueprint(name: string, actions: Blueprint['actions']): Promise<Blueprint>;
  createActionSet(name: string, ...actions: Partial<ActionSpec>[]): Promise<ActionSet>;
  /** The ActionSet once `until` holds; by default, once it has ended. */
  actionSet(name: string, until?: (actionSet: ActionSet) => boolean): Promise<ActionSet>;
  /** @param reason `null` takes the wish back */
  cancel(name: string, reason?: string | null): Promise<ActionSet>;
  close(): Promise<void>;
}

export interface RunningOperator {
  stop(): Promise<void>;
  resolutions: string[];
}

export const APP_NAMESPACE = { kind: 'Namespace', name: 'app', namespace: 'app' };

/** Where a bed stands. */
export interface BedCluster {
  client: KubernetesClient;
  namespace: string;
  /** Milliseconds that an ActionSet may take until it is as the test wants it. */
  patience: number;
  close(): Promise<void>;
}

/** A bed on the cluster given, or on an API server in this process, with namespaces `kanister` and `app`. */
export async function createOperatorBed(given?: BedCluster): Promise<OperatorBed> {
  const { client, namespace, patience, close } = given ?? (await apiServerInProcess());
  const log: string[] = [];
  const operators: RunningOperator[] = [];

  const start: OperatorBed['start'] = (
    {
      functions = [],
      identity,
      client: ownClient = client,
      flags = [],
      env = {},
      clock = systemClock,
      metrics = {},
      podDoors,
    } = {},
    fate,
  ) => {
    const stop = new AbortController();
    const masks = new Masks();
    const logger = pino(
      { base: {} },
      {
        write(line: string) {
          log.push(masks.apply(line));
        },
      },
    );
    const resolutions: string[] = [];
    const argv = ['--namespace', namespace, '--identity', identity ?? 'test', ...flags];
    const ended = runOperator({
      settings: {
        ...readSettings(argv, { POD_SERVICE_ACCOUNT: 'operator', ...env }, 'test'),
        namespace,
      },
      client: ownClient,
      clock,
      random: Math.random,
      log: logger,
      masks,
      functions,
      ...(podDoors && { podDoors }),
      ...metrics,
      observer: observers(metrics.observer ?? {}, {
        actionEnded: ({ outcome }) => resolutions.push(outcome === 'complete' ? 'success' : 'failure'),
      }),
      stop: stop.signal,
    });
    ended.catch(() => undefined);
    const operator: RunningOperator = {
      resolutions,
      async stop() {
        stop.abort(new Error('the test stops the operator'));
        await ended.catch((error: unknown) => {
          if (!String(error).includes('the test stops the operator')) throw error;
        });
      },
    };
    if (fate === undefined) operators.push(operator);
    return operator;
  };

  return {
    client,
    namespace,
    log,
    start,
    async createBlueprint(name, actions) {
      await crdsInstalled(client);
      return client.create<Blueprint>(BLUEPRINTS, {
        apiVersion: API_VERSION,
        kind: 'Blueprint',
        metadata: { name, namespace },
        actions: actions ?? {},
      });
    },
    async createActionSet(name, ...actions) {
      await crdsInstalled(client);
      return client.create<ActionSet>(ACTION_SETS, {
        apiVersion: API_VERSION,
        kind: 'ActionSet',
        metadata: { name, namespace },
        spec: { actions: actions.map((action) => ({ name: 'run', object: APP_NAMESPACE, ...action })) },
      });
    },
    async actionSet(name, until = hasEnded) {
      for (let waited = 0; waited < patience; waited += 10) {
        const found = await client.get<ActionSet>(ACTION_SETS, { name, namespace });
        if (until(found)) return found;
        await delay(10);
      }
      const found = await client.get<ActionSet>(ACTION_SETS, { name, namespace });
      throw new Error(
        `${name} did not get there:\n${JSON.stringify(found.status, null, 2)}\n${log.join('')}`,
      );
    },
    cancel: (name, reason = 'enough') =>
      client.patch<ActionSet>(
        ACTION_SETS,
        { name, namespace },
        { type: 'merge', body: { metadata: { annotations: { [CANCEL_ANNOTATION]: reason } } } },
      ),
    async close() {
      await Promise.all(operators.map((operator) => operator.stop()));
      await close();
    },
  };
}

async function apiServerInProcess(): Promise<BedCluster> {
  const server = createApiServer({ clock: systemClock, random: Math.random });
  const client = createClient(inProcessTransport(server), { clock: systemClock });
  for (const name of ['kanister', 'app']) {
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const close = async () => {
    await client.close();
    server.stop();
  };
  return { client, namespace: 'kanister', patience: 10_000, close };
}

function hasEnded({ status }: ActionSet): boolean {
  return status?.state === 'complete' || status?.state === 'failed';
}

/** The operator installs them when it starts to lead; a server serves them a moment after it knows them. */
async function crdsInstalled(client: KubernetesClient): Promise<void> {
  for (const type of [ACTION_SETS, BLUEPRINTS, PROFILES]) await isServed(client, type);
}

async function isServed(client: KubernetesClient, type: ResourceType): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    try {
      await client.list(type, { limit: 1 });
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await delay(10);
  }
  throw new Error(`no operator has installed the CRDs: ${type.resource} are not served`);
}
