import { type Failure, messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { ExecLost } from '../kubernetes/client.ts';
import { CallTimeout } from '../kubernetes/deadline.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { ConnectionFailed } from '../kubernetes/transport.ts';
import { type CommandTails, commandFailure, exitFailure } from './command-failure.ts';
import { createCommandOutput } from './command-output.ts';
import { mayHaveBegun } from './exec-command-begun.ts';
import { execOnce } from './exec-command-once.ts';
import { podFate } from './pod-fate.ts';

export type ExecContext = Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'podOutput' | 'log'>;

export interface ContainerCommand {
  pod: ObjectName;
  /** Absent or empty: the pod's only one. */
  container?: string;
  /** argv. */
  command: string[];
}

export interface CommandHooks {
  /** Takes stdout as it comes, beside the log; what it throws ends the exec. */
  onStdout?: (chunk: Uint8Array) => void;
  /** Called before each try to begin the command; what it throws ends them. */
  mayBegin?: () => void;
}

/** 128 + SIGKILL and 128 + SIGTERM: what a command ends with whose container ends. */
const KILLED: ReadonlySet<number> = new Set([137, 143]);

/**
 * Runs a command in a container that exists already, at most once. Its output goes line by line to `podOutput`.
 * @throws {Failure} `CommandFailed` with the exit code and the last ten lines of both outputs; `OutcomeUnknown` when it may have begun, and
 * how it ended was not learnt; with other reasons when it has not begun
 */
export async function execCommand(
  context: ExecContext,
  { pod, container = '', command }: ContainerCommand,
  { onStdout, mayBegin }: CommandHooks = {},
): Promise<void> {
  const print = (line: string) => context.podOutput(pod.name, container, line);
  const stdout = createCommandOutput(print, onStdout);
  const stderr = createCommandOutput(print);
  const tails = (): CommandTails => ({ stdout: stdout.tail(), stderr: stderr.tail() });
  const fate = () => podFate(context, pod, container);
  try {
    const { stream: out } = stdout;
    const { stream: err } = stderr;
    const options = { ...(container !== '' && { container }), command, stdout: out, stderr: err };
    const exitCode = await execOnce(context, pod, options, mayBegin);
    if (exitCode === 0) return;
    const why = KILLED.has(exitCode) ? await fate() : undefined;
    throw exitFailure({ pod: pod.name, exitCode, fate: why }, tails());
  } catch (error) {
    context.signal.throwIfAborted();
    if (mayHaveBegun(error)) throw lostFailure(pod, error, await fate(), tails());
    throw asRefusal(pod, error, tails());
  } finally {
    stdout.stream.destroy();
    stderr.stream.destroy();
  }
}

/** Why the API server, or the node, did not begin a command, or why neither could be asked to; any other error as it is. */
export function asRefusal(
  pod: ObjectName,
  error: unknown,
  tails: CommandTails = { stdout: '', stderr: '' },
): unknown {
  const reason = error instanceof ApiError ? error.reason : '';
  const isKnown = [ApiError, ConnectionFailed, ExecLost, CallTimeout].some((kind) => error instanceof kind);
  if (!isKnown) return error;
  return commandFailure(messageOf(error), reason || 'ExecRefused', tails, {
    pod: { name: pod.name },
    cause: error,
  });
}

function lostFailure(
  pod: ObjectName,
  error: unknown,
  fate: string | undefined,
  tails: CommandTails,
): Failure {
  const rest =
    fate === undefined ? 'its outcome is unknown, and it may still be running' : 'its outcome is unknown';
  return commandFailure(
    `${messageOf(error)}${fate === undefined ? '' : ` (${fate})`}: ${rest}`,
    'OutcomeUnknown',
    tails,
    {
      pod: { name: pod.name },
      hint: `Check what the command did in pod ${pod.name}, then run the action again.`,
      cause: error,
    },
  );
}
