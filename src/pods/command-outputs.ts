import { type CommandHooks, type ContainerCommand, type ExecContext, execCommand } from './exec-command.ts';
import { createOutputReader } from './output-reader.ts';

/** What a command emitted; undefined where it emitted nothing. */
export type Outputs = Record<string, string> | undefined;

/**
 * Runs a command in a container that exists already, and gives the phase outputs that it printed.
 * @throws {Failure} as `execCommand`; `InvalidPhaseOutput`
 */
export async function commandOutputs(
  context: ExecContext,
  command: ContainerCommand,
  { mayBegin }: Pick<CommandHooks, 'mayBegin'> = {},
): Promise<Outputs> {
  const reader = createOutputReader(command.pod.name);
  await execCommand(context, command, { onStdout: reader.take, ...(mayBegin && { mayBegin }) });
  return reader.end();
}
