import type { FunctionContext } from '../engine/function.ts';
import { type CommandOutput, createCommandOutput } from './command-output.ts';
import type { CommandTails } from './command-failure.ts';
import type { ContainerCommand } from './exec-command.ts';
import { execUntilAnswered } from './exec-until-answered.ts';

/** Milliseconds. */
const TIMEOUT = 30_000;

export interface Answer extends CommandTails {
  exitCode: number;
}

/** Asks something of a container that may be asked again, takes a moment and is answered in a few lines. Nothing of it is logged. */
export async function execBriefly(
  context: Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'log'>,
  { pod, container, command }: ContainerCommand,
): Promise<Answer> {
  let stdout = silent();
  let stderr = silent();
  const exitCode = await execUntilAnswered(context, {
    pod,
    container,
    options: () => {
      // What an earlier try printed is no part of the answer.
      stdout = silent();
      stderr = silent();
      return { command, stdout: stdout.stream, stderr: stderr.stream, timeout: TIMEOUT };
    },
  });
  return { exitCode, stdout: stdout.tail(), stderr: stderr.tail() };
}

function silent(): CommandOutput {
  return createCommandOutput(() => undefined);
}
