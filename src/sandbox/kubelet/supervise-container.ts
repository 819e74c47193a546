import { type HandlerContext, runHandler } from './handler.ts';
import type { Container, Probe } from './pod.ts';
import { keepProbing } from './probe.ts';

export interface Supervision {
  container: Container;
  /** Its signal aborts when the process has ended. */
  context: Omit<HandlerContext, 'timeout'>;
  /** Milliseconds. */
  postStartTimeout: number;
  /** The startup probe has succeeded. */
  onStarted(): void;
  onReady(ready: boolean): void;
  /** The container is to be ended, which restarts it. */
  onUnwell(why: string): void;
  warn(reason: string, message: string): void;
  log(message: string): void;
}

/** Runs the postStart hook and the probes of a container while its process lives. */
export function superviseContainer(supervision: Supervision): void {
  const { container, context, log } = supervision;
  runPostStart(supervision);
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const probes: Promise<void>[] = [];
  const probe = (of: Probe, kind: string, onResult: (success: boolean) => void, signal = context.signal) => {
    const onFailure = (message: string) => supervision.warn('Unhealthy', `${kind} probe failed: ${message}`);
    return keepProbing({ probe: of, context: { ...context, signal }, onResult, onFailure });
  };
  const started = Promise.withResolvers<void>();
  if (startupProbe) {
    const done = new AbortController();
    const onResult = (success: boolean) => {
      if (!success) return supervision.onUnwell('failed startup probe');
      done.abort();
      supervision.onStarted();
      started.resolve();
    };
    probes.push(probe(startupProbe, 'Startup', onResult, AbortSignal.any([context.signal, done.signal])));
  } else started.resolve();
  if (readinessProbe) {
    probes.push(started.promise.then(() => probe(readinessProbe, 'Readiness', supervision.onReady)));
  }
  if (livenessProbe) {
    const onResult = (success: boolean) => {
      if (!success) supervision.onUnwell('failed liveness probe');
    };
    probes.push(started.promise.then(() => probe(livenessProbe, 'Liveness', onResult)));
  }
  for (const each of probes)
    each.catch((error: unknown) => log(`probing ${container.name}: ${String(error)}`));
}

function runPostStart({ container, context, postStartTimeout, warn, onUnwell }: Supervision): void {
  const postStart = container.lifecycle?.postStart;
  if (!postStart) return;
  runHandler(postStart, { ...context, timeout: postStartTimeout }).catch((error: unknown) => {
    if (context.signal.aborted) return;
    warn('FailedPostStartHook', `PostStartHook failed: ${String(error)}`);
    onUnwell('failed its postStart hook');
  });
}
