import { type Failure, messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { ExecLost } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { type CommandTails, commandFailure, exitFailure } from './command-failure.ts';
import { createCommandOutput } from './command-output.ts';
import { podFate } from './pod-fate.ts';

export type ExecContext = Pick<FunctionContext, 'kubernetes' | 'signal' | 'podOutput' | 'log'>;

export interface ContainerCommand {
  pod: ObjectName;
  /** Absent or empty: the pod's only one. */
  container?: string;
  /** argv. */
  command: string[];
}

/** 128 + SIGKILL and 128 + SIGTERM: what a command ends with whose container ends. */
const KILLED: ReadonlySet<number> = new Set([137, 143]);

/**
 * Runs a command in a container that exists already. Its output goes line by line to `podOutput`.
 * @param onStdout takes stdout as it comes, beside the log; what it throws ends the exec
 * @throws {Failure} `CommandFailed` with the exit code and the last ten lines of both outputs; `OutcomeUnknown` when the connection broke
 */
export async function execCommand(
  context: ExecContext,
  { pod, container = '', command }: ContainerCommand,
  onStdout?: (chunk: Uint8Array) => void,
): Promise<void> {
  const print = (line: string) => context.podOutput(pod.name, container, line);
  const stdout = createCommandOutput(print, onStdout);
  const stderr = createCommandOutput(print);
  const tails = (): CommandTails => ({ stdout: stdout.tail(), stderr: stderr.tail() });
  const fate = () => podFate(context, pod, container);
  try {
    const { exitCode } = await context.kubernetes.exec(pod, {
      ...(container !== '' && { container }),
      command,
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: context.signal,
    });
    if (exitCode === 0) return;
    const why = KILLED.has(exitCode) ? await fate() : undefined;
    throw exitFailure({ pod: pod.name, exitCode, fate: why }, tails());
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ExecLost) throw lostFailure(pod, error, await fate(), tails());
    if (error instanceof ApiError) throw refusedFailure(pod, error, tails());
    throw error;
  } finally {
    stdout.stream.destroy();
    stderr.stream.destroy();
  }
}

/** A command that the API server, or the node, did not begin. */
export function refusedFailure(
  pod: ObjectName,
  error: ApiError,
  tails: CommandTails = { stdout: '', stderr: '' },
): Failure {
  return commandFailure(messageOf(error), error.reason || 'ExecRefused', tails, {
    pod: { name: pod.name },
    cause: error,
  });
}

function lostFailure(
  pod: ObjectName,
  error: ExecLost,
  fate: string | undefined,
  tails: CommandTails,
): Failure {
  const rest =
    fate === undefined ? 'its outcome is unknown, and it may still be running' : 'its outcome is unknown';
  return commandFailure(
    `${error.message}${fate === undefined ? '' : ` (${fate})`}: ${rest}`,
    'OutcomeUnknown',
    tails,
    {
      pod: { name: pod.name },
      hint: `Check what the command did in pod ${pod.name}, then run the action again.`,
      cause: error,
    },
  );
}
