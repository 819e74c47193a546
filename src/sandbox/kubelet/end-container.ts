import { type HandlerContext, runHandler } from './handler.ts';

export interface ContainerEnding extends Omit<HandlerContext, 'timeout' | 'signal'> {
  /** Seconds from the beginning of the hook to SIGKILL. */
  graceSeconds: number;
  warn(reason: string, message: string): void;
  log(message: string): void;
}

/** Ends a container as its spec has it: preStop hook, SIGTERM, and SIGKILL when the grace period is over. Resolves when it has ended. */
export async function endContainer({ graceSeconds, warn, log, ...context }: ContainerEnding): Promise<void> {
  const { process, container, clock } = context;
  const deadline = clock.monotonic() + graceSeconds * 1000;
  const over = new AbortController();
  const onExit = () => over.abort();
  const ended = process.exited.then(onExit, onExit); // what went wrong with it is told by whoever looks after it
  const { preStop } = container.lifecycle ?? {};
  if (preStop && graceSeconds > 0) {
    const limits = { timeout: graceSeconds * 1000, signal: over.signal };
    await runHandler(preStop, { ...context, ...limits }).catch((error: unknown) => {
      if (over.signal.aborted) return;
      warn('FailedPreStopHook', 'PreStopHook failed');
      log(`preStop of ${container.name}: ${String(error)}`);
    });
  }
  // However long the hook took, the command gets two seconds.
  const left = graceSeconds > 0 ? Math.max(deadline - clock.monotonic(), preStop ? 2000 : 0) : 0;
  if (left > 0) {
    process.kill('SIGTERM');
    await clock.sleep(left, over.signal).catch(() => undefined); // it ended in time
  }
  if (!over.signal.aborted) process.kill('SIGKILL');
  await ended;
}
