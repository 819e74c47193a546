import { Failure, messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { commandFailure, type CommandTails, exitFailure } from './command-failure.ts';
import { type CommandOutput, createCommandOutput } from './command-output.ts';
import type { Outputs } from './command-outputs.ts';
import { COLLECT, FOLLOW, FOLLOWED, SUPERVISE } from './detached-scripts.ts';
import { execBriefly } from './exec-briefly.ts';
import type { ContainerCommand } from './exec-command.ts';
import { execUntilAnswered } from './exec-until-answered.ts';
import { createOutputReader } from './output-reader.ts';
import { podFate } from './pod-fate.ts';

export type DetachedContext = Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'log' | 'podOutput'>;

/** How a detached command ended. */
export interface DetachedEnd {
  exitCode: number;
  /** What it emitted. @throws {Failure} `CommandFailed`, `InvalidPhaseOutput` */
  outputs(): Outputs;
}

/**
 * Begins a detached command, or goes on with it when it has begun, and follows it to its end. A connection that breaks costs nothing: its
 * output is read on from the byte at which it broke.
 * @param directory of the command, in its container
 * @throws {Failure} `OutcomeUnknown` when its container was started anew, or can't be reached any more
 */
export async function followDetached(
  context: DetachedContext,
  command: ContainerCommand,
  directory: string,
): Promise<DetachedEnd> {
  const { pod, container = '' } = command;
  const reader = createOutputReader(pod.name);
  const print = (line: string) => context.podOutput(pod.name, container, line);
  const stdout = createCommandOutput(print, reader.take);
  const stderr = createCommandOutput(print);
  const tails = (): CommandTails => ({ stdout: stdout.tail(), stderr: stderr.tail() });
  try {
    await readToEnd(context, command, directory, { stdout, stderr });
    const exitCode = await collect(context, command, directory);
    return {
      exitCode,
      outputs() {
        if (exitCode !== 0) throw exitFailure({ pod: pod.name, exitCode }, tails());
        return reader.end();
      },
    };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw outcomeUnknown(command, await withFate(context, command, error), tails(), error);
  } finally {
    stdout.stream.destroy();
    stderr.stream.destroy();
  }
}

/** Milliseconds: a follower ends by itself long before, unless it has much to tell. */
const TIMEOUT = 15 * 60_000;

/** Followers in a row that ended with a code which is none of theirs, because their container was in trouble. */
const MOST_BROKEN = 8;

async function readToEnd(
  context: DetachedContext,
  { pod, container, command }: ContainerCommand,
  directory: string,
  { stdout, stderr }: { stdout: CommandOutput; stderr: CommandOutput },
): Promise<void> {
  for (let broken = 0; broken < MOST_BROKEN;) {
    const code = await execUntilAnswered(context, {
      pod,
      container,
      progress: () => stdout.bytes + stderr.bytes,
      options: () => ({
        command: [
          'sh',
          '-c',
          FOLLOW,
          'kanister',
          directory,
          SUPERVISE,
          String(stdout.bytes),
          String(stderr.bytes),
          ...command,
        ],
        stdout: stdout.stream,
        stderr: stderr.stream,
        timeout: TIMEOUT,
      }),
    });
    switch (code) {
      case FOLLOWED.ended:
        return;
      case FOLLOWED.again:
        broken = 0;
        break;
      case FOLLOWED.lost:
        throw new Error('its supervisor was killed');
      case FOLLOWED.gone:
        throw new Error(`its directory ${directory} is gone, as after a restart of the container`);
      case FOLLOWED.unwritable:
        throw unwritable(pod.name, stderr.tail());
      default:
        broken += 1;
        await context.clock.sleep(Math.min(100 * 2 ** broken, 5_000), context.signal);
    }
  }
  throw new Error('its output could not be read');
}

async function collect(
  context: DetachedContext,
  { pod, container }: ContainerCommand,
  directory: string,
): Promise<number> {
  const command = ['sh', '-c', COLLECT, 'kanister', directory];
  const answer = await execBriefly(context, { pod, ...(container !== undefined && { container }), command });
  if (answer.exitCode === 0 && /^\d{1,3}$/.test(answer.stdout)) return Number(answer.stdout);
  throw new Error(`its exit code could not be read: ${answer.stderr || `found "${answer.stdout}"`}`);
}

async function withFate(
  context: DetachedContext,
  { pod, container = '' }: ContainerCommand,
  error: unknown,
): Promise<string> {
  const fate = await podFate(context, pod, container);
  return `${messageOf(error)}${fate === undefined ? '' : ` (${fate})`}`;
}

function outcomeUnknown(
  { pod }: ContainerCommand,
  problem: string,
  tails: CommandTails,
  cause: unknown,
): Failure {
  return commandFailure(
    `the end of the detached command is not known, ${problem}: its outcome is unknown`,
    'OutcomeUnknown',
    tails,
    {
      pod: { name: pod.name },
      hint: `Check what the command did in pod ${pod.name} and whether it still runs there, then run the action again.`,
      cause,
    },
  );
}

/** A directory could not be made, or nothing be written into it: the command was not begun. */
export function unwritable(pod: string, stderr: string): Failure {
  return commandFailure(
    'a detached command needs a directory that can be written for its output, found none',
    'NoWritableDirectory',
    { stdout: '', stderr },
    {
      pod: { name: pod },
      hint: 'Mount an emptyDir at /tmp of the container, or have its TMPDIR name a directory that can be written.',
    },
  );
}
