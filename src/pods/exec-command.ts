import { Writable } from 'node:stream';
import { Failure, messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { ExecLost } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { createLastLines } from './last-lines.ts';
import { createTextLines } from './text-lines.ts';

export type ExecContext = Pick<FunctionContext, 'kubernetes' | 'signal' | 'podOutput'>;

export interface ContainerCommand {
  pod: ObjectName;
  /** Absent or empty: the pod's only one. */
  container?: string;
  /** argv. */
  command: string[];
  /** Takes stdout as it comes, beside the log; what it throws ends the exec. */
  onStdout?: (chunk: Uint8Array) => void;
}

/**
 * Runs a command in a container that exists already. Its output goes line by line to `podOutput`.
 * @throws {Failure} `CommandFailed` with the exit code and the last ten lines of both outputs; `OutcomeUnknown` when the connection broke
 */
export async function execCommand(context: ExecContext, command: ContainerCommand): Promise<void> {
  const { pod, container = '', onStdout } = command;
  const print = (line: string) => context.podOutput(pod.name, container, line);
  const stdout = outputOf(print, onStdout);
  const stderr = outputOf(print);
  const failure = (problem: string, reason: string, details: Failure['details']) =>
    new Failure(
      reason,
      // The lines are joined as Kanister joins them.
      `Failed to exec command in pod: ${problem}.\nstdout: ${stdout.tail()}\nstderr: ${stderr.tail()}`,
      details,
    );
  try {
    const { exitCode } = await context.kubernetes.exec(pod, {
      ...(container !== '' && { container }),
      command: command.command,
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: context.signal,
    });
    if (exitCode === 0) return;
    const logTail = stderr.tail() || stdout.tail();
    throw failure(`command terminated with exit code ${exitCode}`, 'CommandFailed', {
      pod: { name: pod.name, exitCode, ...(logTail !== '' && { logTail }) },
    });
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ExecLost) {
      throw failure(
        `${error.message}: its outcome is unknown, and it may still be running`,
        'OutcomeUnknown',
        {
          pod: { name: pod.name },
          hint: `Check what the command did in pod ${pod.name}, then run the action again.`,
          cause: error,
        },
      );
    }
    if (error instanceof ApiError) {
      throw failure(messageOf(error), error.reason || 'ExecRefused', {
        pod: { name: pod.name },
        cause: error,
      });
    }
    throw error;
  } finally {
    stdout.stream.destroy();
    stderr.stream.destroy();
  }
}

function outputOf(print: (line: string) => void, take?: (chunk: Uint8Array) => void) {
  const last = createLastLines();
  const lines = createTextLines((line) => {
    last.add(line);
    print(line);
  });
  const stream = new Writable({
    write(chunk: Uint8Array, _encoding, written) {
      try {
        lines.write(chunk);
        take?.(chunk);
        written();
      } catch (error) {
        written(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  return {
    stream,
    tail() {
      lines.end();
      return last.lines.join('\r\n');
    },
  };
}
