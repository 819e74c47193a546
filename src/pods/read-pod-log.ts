import { createPhaseOutputParser, type PhaseOutputParser, PhaseOutputError } from '../api/phase-output.ts';
import type { FunctionContext } from '../engine/function.ts';
import { Failure, messageOf } from '../engine/failure.ts';
import { ApiError, isForbidden } from '../kubernetes/api-error.ts';
import type { FollowedPod, PodContext } from './follow-pod.ts';
import { createLogCursor, type LogCursor } from './log-cursor.ts';
import { invalidPhaseOutput } from './invalid-phase-output.ts';
import { createKeptProgress, keepLogProgress, readLogProgress } from './log-checkpoint.ts';
import { createLogLines, type LogLine } from './log-lines.ts';
import { containerStatus, isFinished, type Pod } from './pod.ts';
import { terminationOutputs } from './termination-outputs.ts';
import { changeOrPause } from './wait-for-pod.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

export type LogContext = PodContext & Pick<FunctionContext, 'checkpoints' | 'podOutput' | 'warn'>;

/** Milliseconds between a log that ended or broke and its next reading, unless the pod changes before. */
const REOPEN_PAUSE = 1_000;
/** Milliseconds without a line after which a log is opened anew: following stops at a rotation (kubernetes#115701). */
const SILENCE = 120_000;
/** Milliseconds that an open log may outlast its container. */
const AFTER_END = 5_000;
/** Milliseconds between two looks of a kubelet at the size of its logs. */
const ROTATION_PERIOD = 10_000;
/** Milliseconds in which the log of a container that has ended must be had. */
const LAST_READING = 120_000;

/**
 * Reads the log of a container until it has ended, and gives the phase outputs in it; the rest goes to `podOutput`. The log is read without
 * loss or repetition over broken connections, rotations and restarts of this process (`checkpoint` names its place in the journal): the last
 * reading always begins after the container's end, at a line that is known. Outputs of lines that are lost, or may be, are taken from the
 * container's termination message.
 * @throws {Failure} `LogGap` when lines are lost, and that message does not make up for them; `OutcomeUnknown` when the pod goes away; `InvalidPhaseOutput`
 */
export async function readPodLog(
  context: LogContext,
  followed: FollowedPod,
  container: string,
  checkpoint: string,
): Promise<Record<string, string>> {
  const done = new AbortController();
  const reading = { ...context, signal: AbortSignal.any([context.signal, done.signal]) };
  const { name } = followed.name;
  const before = readLogProgress(context, checkpoint);
  const cursor = createLogCursor(before.position);
  const kept = createKeptProgress(before);
  const parser = createPhaseOutputParser({
    text: (line) => context.podOutput(name, container, line),
    output: (key, value) => kept.add(key, value, cursor.position),
  });
  const outputs = () => ({ ...before.outputs, ...parser.outputs });
  const mayLackItsStart = before.position === undefined && hasRunForLong(followed.latest, container, context);
  try {
    await Promise.race([
      readToEnd(reading, followed, container, cursor, parser),
      keepLogProgress(context, checkpoint, () => kept.at(cursor.position), reading.signal),
    ]);
    const more = mayLackItsStart ? outputsOfLostStart(context, followed, container, outputs()) : {};
    return { ...outputs(), ...more };
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'LogGap') throw invalidPhaseOutput(error, name);
    return { ...outputs(), ...(await outputsDespiteGap(context, followed, container, error)) };
  } finally {
    done.abort(new Error('the log is no longer read'));
  }
}

/**
 * All outputs that were printed with `kando output`, once the container has ended. They replace those that were read before the gap: behind
 * it may have been later values of the same keys.
 */
async function outputsDespiteGap(
  context: LogContext,
  followed: FollowedPod,
  container: string,
  gap: Failure,
): Promise<Record<string, string>> {
  const pod = await followed.until((state) => (hasEnded(state, container) ? state : undefined));
  const outputs = terminationOutputs(pod, container);
  if (outputs === undefined) throw gap;
  warnOfGap(context, gap);
  return outputs;
}

/**
 * What `kando output` has left in the termination message and the log does not have: its start was rotated away before anybody read it,
 * which the log itself does not show.
 */
function outputsOfLostStart(
  context: LogContext,
  followed: FollowedPod,
  container: string,
  read: Record<string, string>,
): Record<string, string> {
  const outputs = terminationOutputs(followed.latest, container) ?? {};
  const lost = Object.entries(outputs).filter(([key]) => read[key] === undefined);
  if (lost.length > 0) warnOfGap(context, logGap(followed, container, 'it was rotated before it was read'));
  return Object.fromEntries(lost);
}

function warnOfGap(context: LogContext, gap: Failure): void {
  context.warn('LogGap', `${gap.message}; the outputs of the phase are from its termination message`);
}

/** Long enough for its log to have been rotated. */
function hasRunForLong(pod: Pod, container: string, { clock }: LogContext): boolean {
  const { running, terminated } = containerStatus(pod, container)?.state ?? {};
  const startedAt = running?.startedAt ?? terminated?.startedAt;
  return startedAt !== undefined && clock.now().getTime() - Date.parse(startedAt) > ROTATION_PERIOD;
}

async function readToEnd(
  context: LogContext,
  followed: FollowedPod,
  container: string,
  cursor: LogCursor,
  parser: PhaseOutputParser,
): Promise<void> {
  const { clock, signal } = context;
  const take = (line: LogLine) => {
    if (line.time === undefined) return;
    const verdict = cursor.judge(line.time);
    if (verdict === 'gap') throw logGap(followed, container, 'it was rotated while it was not read');
    if (verdict === 'new') parser.write(line.text);
  };
  let giveUpAt: number | undefined;
  for (;;) {
    const pod = followed.latest;
    const ended = hasEnded(pod, container);
    giveUpAt ??= ended ? clock.monotonic() + LAST_READING : undefined;
    const reading = await readOnce(context, followed, container, cursor, take);
    if (ended && reading.complete) {
      if (reading.rest) take(reading.rest);
      if (!cursor.caughtUp)
        throw logGap(followed, container, 'the lines that were read last are no longer in it');
      parser.end();
      return;
    }
    if (giveUpAt !== undefined && clock.monotonic() >= giveUpAt) {
      throw logGap(followed, container, reading.problem ?? 'it could not be read to its end');
    }
    // The container's end is usually seen a moment after that of its log, and is then no reason to wait.
    if (reading.problem !== undefined || !hasEnded(followed.latest, container)) {
      await changeOrPause(followed, followed.latest, clock, REOPEN_PAUSE, signal);
    }
  }
}

interface Reading {
  /** The server ended the log by itself, and nothing but the container's own lines was in it. */
  complete: boolean;
  /** Why not. */
  problem?: string;
  /** A last line without line end. */
  rest?: LogLine;
}

async function readOnce(
  context: LogContext,
  followed: FollowedPod,
  container: string,
  cursor: LogCursor,
  take: (line: LogLine) => void,
): Promise<Reading> {
  const { kubernetes, clock } = context;
  const cut = new AbortController();
  const signal = AbortSignal.any([context.signal, cut.signal]);
  const pod = followed.latest;
  const follow = !hasEnded(pod, container);
  cursor.reopen(containerStatus(pod, container)?.restartCount ?? 0);
  let lastLineAt = clock.monotonic();
  const cutWhen = (event: Promise<string>) =>
    event.then((why) => cut.abort(new Error(why))).catch(() => undefined); // the reading is over
  if (follow) {
    void cutWhen(outlived(followed, container, clock, signal));
    void cutWhen(silent(clock, () => lastLineAt, signal));
  }
  try {
    const stream = await kubernetes.log(followed.name, {
      container,
      follow,
      timestamps: true,
      ...(cursor.sinceTime !== undefined && { sinceTime: cursor.sinceTime }),
      signal,
    });
    try {
      const lines = createLogLines();
      let foreign: string | undefined;
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        lastLineAt = clock.monotonic();
        for (const line of lines.take(chunk)) {
          if (line.time === undefined) foreign = line.text.toString('utf8').trim();
          else take(line);
        }
      }
      signal.throwIfAborted(); // a stream that was cut may seem to have ended
      const rest = lines.rest();
      if (rest && rest.time === undefined) foreign = rest.text.toString('utf8').trim();
      if (foreign !== undefined) return { complete: false, problem: foreign };
      return { complete: true, ...(rest && { rest }) };
    } finally {
      stream.destroy();
    }
  } catch (error) {
    return problemOf(error, context, cut.signal, follow);
  } finally {
    cut.abort(WORK_ENDED);
  }
}

function problemOf(error: unknown, context: LogContext, cut: AbortSignal, follow: boolean): Reading {
  context.signal.throwIfAborted();
  if (cut.aborted) return { complete: false };
  // Of ours: a gap, or an output that can't be read.
  if (error instanceof Failure || error instanceof PhaseOutputError) throw error;
  if (isForbidden(error)) throw Failure.wrap('Failed to fetch logs from the pod', error, 'Forbidden');
  // "is waiting to start": a container that has ended without ever starting has no log.
  if (error instanceof ApiError && error.code === 400 && !follow) return { complete: true };
  context.log.debug({ error: messageOf(error) }, 'The log of a pod broke, it is read again');
  return { complete: false, problem: messageOf(error) };
}

async function outlived(
  followed: FollowedPod,
  container: string,
  clock: LogContext['clock'],
  signal: AbortSignal,
): Promise<string> {
  await followed.until((pod) => (hasEnded(pod, container) ? true : undefined), signal);
  await clock.sleep(AFTER_END, signal);
  return 'the container has ended, its log has not';
}

async function silent(
  clock: LogContext['clock'],
  lastLineAt: () => number,
  signal: AbortSignal,
): Promise<string> {
  for (let left = SILENCE; left > 0; left = lastLineAt() + SILENCE - clock.monotonic()) {
    await clock.sleep(left, signal);
  }
  return 'nothing came for a while';
}

/** With a restart policy, what has ended may begin again. */
function hasEnded(pod: Pod, container: string): boolean {
  if (isFinished(pod)) return true;
  return (
    pod.spec.restartPolicy === 'Never' && containerStatus(pod, container)?.state?.terminated !== undefined
  );
}

function logGap(followed: FollowedPod, container: string, why: string): Failure {
  const { name, namespace } = followed.name;
  return new Failure(
    'LogGap',
    `Failed to fetch logs from the pod: lines of container "${container}" of pod "${name}" are lost: ${why}`,
    {
      pod: { name, phase: followed.latest.status?.phase ?? '' },
      hint:
        `Outputs of the phase may be among them, so it can't be called complete. Check what pod ${name} in namespace ${namespace} ` +
        'has done, then run the action again; let the command write less to its log.',
    },
  );
}
