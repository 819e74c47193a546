import { type HandlerContext, runHandler } from './handler.ts';
import type { Container, Probe } from './pod.ts';
import { keepProbing } from './probe.ts';

export interface Supervision {
  container: Container;
  /** Its signal aborts when the process has ended. */
  context: Omit<HandlerContext, 'timeout'>;
  /** Milliseconds; absent where the hook has run already. */
  postStartTimeout: number | undefined;
  /** The startup probe has succeeded. */
  onStarted(): void;
  onReady(ready: boolean): void;
  /** The container is to be ended, which restarts it; `grace` in seconds, where the probe has its own. */
  onUnwell(message: string, grace?: number): void;
  warn(reason: string, message: string): void;
  log(message: string): void;
}

/** Runs the postStart hook and the probes of a container while its process lives. */
export function superviseContainer(supervision: Supervision): void {
  const { container, context, log } = supervision;
  runPostStart(supervision);
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const probes: Promise<void>[] = [];
  const onHold = new AbortController();
  const whileWell = AbortSignal.any([context.signal, onHold.signal]);
  const probe = (of: Probe, kind: string, onResult: (success: boolean) => void, signal = context.signal) => {
    const onFailure = (message: string) => supervision.warn('Unhealthy', `${kind} probe failed: ${message}`);
    return keepProbing({ probe: of, context: { ...context, signal }, onResult, onFailure });
  };
  const unwell = (kind: string) => `Container ${container.name} failed ${kind} probe, will be restarted`;
  const started = Promise.withResolvers<void>();
  if (startupProbe) {
    const done = new AbortController();
    const onResult = (success: boolean) => {
      if (!success) {
        onHold.abort();
        return supervision.onUnwell(unwell('startup'), startupProbe.terminationGracePeriodSeconds);
      }
      done.abort();
      supervision.onStarted();
      started.resolve();
    };
    probes.push(probe(startupProbe, 'Startup', onResult, AbortSignal.any([whileWell, done.signal])));
  } else started.resolve();
  if (readinessProbe) {
    probes.push(started.promise.then(() => probe(readinessProbe, 'Readiness', supervision.onReady)));
  }
  if (livenessProbe) {
    const onResult = (success: boolean) => {
      if (success) return;
      onHold.abort(); // what is to be restarted is asked no more
      supervision.onUnwell(unwell('liveness'), livenessProbe.terminationGracePeriodSeconds);
    };
    probes.push(started.promise.then(() => probe(livenessProbe, 'Liveness', onResult, whileWell)));
  }
  for (const each of probes)
    each.catch((error: unknown) => log(`probing ${container.name}: ${String(error)}`));
}

function runPostStart(supervision: Supervision): void {
  const { container, context, postStartTimeout, warn, onUnwell } = supervision;
  const postStart = container.lifecycle?.postStart;
  if (!postStart || postStartTimeout === undefined) return;
  runHandler(postStart, { ...context, timeout: postStartTimeout }).catch((error: unknown) => {
    if (context.signal.aborted) return;
    warn('FailedPostStartHook', 'PostStartHook failed');
    supervision.log(`postStart of ${container.name}: ${String(error)}`);
    onUnwell('FailedPostStartHook');
  });
}
