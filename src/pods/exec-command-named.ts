import { Failure } from '../engine/failure.ts';
import type { ContainerCommand } from './exec-command.ts';

export interface CommandArguments {
  namespace: string;
  pod: string;
  container?: string | undefined;
  command: string[];
}

/**
 * The command that arguments name.
 * @throws {Failure} `InvalidArgument` where they name none: a template may have found nothing
 */
export function commandNamed({ namespace, pod, container, command }: CommandArguments): ContainerCommand {
  if (namespace === '') throw empty('namespace', { hint: 'Give the namespace of the pod' });
  if (pod === '') throw empty('pod', { hint: 'Give the name of the pod' });
  // No program has an empty name; and a shell that is given nothing to run succeeds.
  if (!command[0]) throw empty('command', { said: AS_SERVERS_SAY, hint: 'Give a program and its arguments' });
  return { pod: { namespace, name: pod }, ...(container !== undefined && { container }), command };
}

/** To an exec without a command. */
const AS_SERVERS_SAY = 'you must specify at least one command for the container';

function empty(argument: string, { said, hint }: { said?: string; hint: string }): Failure {
  const because = said === undefined ? '' : `: ${said}`;
  const message = `Failed to exec command in pod: argument ${argument} is empty${because}`;
  return new Failure('InvalidArgument', message, {
    argument,
    hint: `${hint}, and check what its template refers to.`,
  });
}
