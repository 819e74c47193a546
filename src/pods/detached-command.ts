import { Failure } from '../engine/failure.ts';
import type { FunctionContext, UndoContext } from '../engine/function.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import type { Json } from '../kubernetes/objects.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import { type EarlierFailure, earlierFailure, keepFailure } from './command-failure.ts';
import type { Outputs } from './command-outputs.ts';
import { placeDetached, placeName, removePlace } from './detached-place.ts';
import { NOT_STOPPED, STOP } from './detached-scripts.ts';
import { execBriefly } from './exec-briefly.ts';
import type { ContainerCommand } from './exec-command.ts';
import { type DetachedContext, type DetachedEnd, followDetached } from './follow-detached.ts';
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
 * is to end, `stopDetached` has to end the command.
 * @throws {Failure} as `followDetached`, `placeDetached`
 */
export async function runDetached(
  context: DetachedContext & Pick<FunctionContext, 'step' | 'idle' | 'owner' | 'phase'>,
  command: ContainerCommand,
  { step, room }: DetachedRun,
): Promise<Outputs> {
  const { pod, container } = command;
  const where = { pod: { ...pod }, ...(container !== undefined && { container }) };
  // The directory is there and journalled before the command begins: one that is gone later is no reason to begin it again.
  const directory = await context.step(`${step}-place`, () => placeDetached(context, command, step), {
    outside: { ...where, place: placeName(context, step) },
  });
  let live: DetachedEnd | undefined;
  const follow = async () => (live ??= await context.idle(() => followDetached(context, command, directory)));
  const kept = await context.step<Kept>(step, async () => keep(await follow(), room), {
    outside: { ...where, directory },
  });
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
type Kept = EarlierFailure | JournalledOutputs;

function keep(end: DetachedEnd, room: number): Kept {
  try {
    return keepOutputs(end.outputs(), room);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return keepFailure(error);
  }
}

/** Milliseconds: more than the command is given to end by itself. */
const STOP_TIMEOUT = 60_000;

/**
 * Ends a detached command, with its process group, and removes its directory; one that has not begun never will.
 * @param data what the command's steps have in the journal
 * @throws where it may still be running
 */
export async function stopDetached(data: Json, { clock, ...context }: UndoContext): Promise<void> {
  const outside = data as Outside;
  if ('place' in outside) return removePlace({ ...context, clock }, outside, outside.place);
  const { pod, container, directory } = outside;
  const over = new AbortController();
  const late = new AbortController();
  clock.sleep(STOP_TIMEOUT, AbortSignal.any([context.signal, over.signal])).then(
    () => late.abort(new Error(`the command in pod ${pod.name} did not end in time`)),
    // It ended first.
    () => undefined,
  );
  const signal = AbortSignal.any([context.signal, late.signal]);
  const command = ['sh', '-c', STOP, 'kanister', directory];
  try {
    const stopping = { pod, ...(container !== undefined && { container }), command };
    const { exitCode, stderr } = await execBriefly({ ...context, clock, signal }, stopping);
    if (exitCode === 0) return;
    const why =
      exitCode === NOT_STOPPED ? 'it has no process group of its own, or KILL did not end it' : stderr;
    throw new Error(`the command in pod ${pod.name} could not be ended: ${why}`);
  } catch (error) {
    // Nor is the command.
    if (!isNotFound(error)) throw error;
  } finally {
    over.abort(WORK_ENDED);
  }
}

/** Where a detached command is, or the directory that is about to be made for it. */
type Outside = { pod: { name: string; namespace?: string }; container?: string } & (
  | { directory: string }
  | { place: string }
);

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
