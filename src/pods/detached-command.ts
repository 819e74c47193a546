import { createHash } from 'node:crypto';
import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { type EarlierFailure, earlierFailure, keepFailure } from './command-failure.ts';
import type { Outputs } from './command-outputs.ts';
import { PLACE, STOP } from './detached-scripts.ts';
import { execBriefly } from './exec-briefly.ts';
import { type ContainerCommand, refusedFailure } from './exec-command.ts';
import { type DetachedContext, type DetachedEnd, followDetached, unwritable } from './follow-detached.ts';
import { type JournalledOutputs, keepOutputs, keptOutputs } from './journalled-outputs.ts';

export interface DetachedRun {
  /** Names its steps in the journal. */
  step: string;
  /** Bytes of outputs that the journal may keep. */
  room: number;
}

/**
 * Runs a command in a container that exists already, so that it outlives its connection and this process: a supervisor in the container
 * keeps its outputs and its exit code in a directory of its own, and who comes later goes on from there. It is begun once. When the phase
 * is to end, so does the command, with its process group.
 * @throws {Failure} as `followDetached`; `NoWritableDirectory`; what the API server refused
 */
export async function runDetached(
  context: DetachedContext & Pick<FunctionContext, 'step' | 'idle' | 'owner' | 'phase'>,
  command: ContainerCommand,
  { step, room }: DetachedRun,
): Promise<Outputs> {
  // The directory is there and journalled before the command begins: one that is gone later is no reason to begin it again.
  const directory = await context.step(`${step}-place`, () => place(context, command, step));
  let live: DetachedEnd | undefined;
  const follow = async () => (live ??= await context.idle(() => followDetached(context, command, directory)));
  const kept = await context.step<Kept>(step, async () => {
    try {
      return keep(await follow(), room);
    } catch (error) {
      if (!isToEnd(context.signal)) throw error;
      await stop(context, command, directory);
      return { stopped: true };
    }
  });
  if ('stopped' in kept) throw context.signal.aborted ? context.signal.reason : stoppedBefore(command);
  // Result first, then clean up: storing it comes before this step.
  await context.step(`${step}-remove`, async () => {
    // An earlier process has read it, and the journal had no room for all: it can be read again as long as it is there.
    if (!('outputs' in kept)) await follow().catch(() => undefined);
    return remove(context, command, directory);
  });
  if (live) return live.outputs();
  if ('reason' in kept) throw earlierFailure(command.pod.name, kept);
  return keptOutputs(kept, command.pod.name);
}

/** What the journal keeps of the end of a command. */
type Kept = { stopped: true } | EarlierFailure | JournalledOutputs;

async function place(
  context: DetachedContext & Pick<FunctionContext, 'owner' | 'phase'>,
  { pod, container }: ContainerCommand,
  step: string,
): Promise<string> {
  const { owner, phase } = context;
  const distinct = createHash('sha256')
    .update(JSON.stringify([phase, step]))
    .digest('hex')
    .slice(0, 8);
  const command = ['sh', '-c', PLACE, 'kanister', `kanister-${owner.uid}-${distinct}`];
  try {
    const answer = await execBriefly(context, {
      pod,
      ...(container !== undefined && { container }),
      command,
    });
    if (answer.exitCode === 0 && answer.stdout.startsWith('/')) return answer.stdout;
    throw unwritable(pod.name, answer.stderr);
  } catch (error) {
    context.signal.throwIfAborted();
    throw error instanceof ApiError ? refusedFailure(pod, error) : error;
  }
}

function keep(end: DetachedEnd, room: number): Kept {
  try {
    return keepOutputs(end.outputs(), room);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return keepFailure(error);
  }
}

/** A phase ends for a reason that users can read; a process that stops, or may act no longer, leaves the command to the next one. */
function isToEnd({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Failure;
}

/** Milliseconds: less than the engine's patience with a phase that is to end, more than the command is given to end by itself. */
const STOP_TIMEOUT = 27_000;

/** @throws where it may still be running */
async function stop(
  context: DetachedContext,
  { pod, container }: ContainerCommand,
  directory: string,
): Promise<void> {
  const late = new AbortController();
  const timer = new AbortController();
  context.clock.sleep(STOP_TIMEOUT, timer.signal).then(
    () => late.abort(new Error(`the command in pod ${pod.name} did not end in time`)),
    // It ended first.
    () => undefined,
  );
  try {
    const answer = await execBriefly(
      { ...context, signal: late.signal },
      {
        pod,
        ...(container !== undefined && { container }),
        command: ['sh', '-c', STOP, 'kanister', directory],
      },
    );
    if (answer.exitCode !== 0) throw new Error(`the command could not be ended: ${answer.stderr}`);
  } catch (error) {
    context.log.warn({ error: String(error) }, `A detached command in pod ${pod.name} may still be running`);
    throw error;
  } finally {
    timer.abort();
  }
}

/** That the directory stays is no reason to fail: the command has done its work. */
async function remove(
  context: DetachedContext,
  { pod, container }: ContainerCommand,
  directory: string,
): Promise<undefined> {
  try {
    const { exitCode, stderr } = await execBriefly(context, {
      pod,
      ...(container !== undefined && { container }),
      command: ['rm', '-rf', directory],
    });
    if (exitCode !== 0) throw new Error(stderr);
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.warn({ error: String(error) }, `Directory ${directory} in pod ${pod.name} was not removed`);
  }
}

function stoppedBefore({ pod }: ContainerCommand): Failure {
  return new Failure('Interrupted', `the command in pod ${pod.name} was ended with its phase`, {
    pod: { name: pod.name },
  });
}
