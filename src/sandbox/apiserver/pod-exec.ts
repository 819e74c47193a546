import type { AcceptedUpgrade, UpgradeRequest } from './api-exchange.ts';
import { connectedContainer, requireNode } from './pod-connection.ts';
import { acceptRemoteCommand, askedStreams } from './remote-command.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { badRequest } from './status-error.ts';

/** A request to run a command in a container. */
export function acceptExec(context: ServerContext, pod: ApiObject, request: UpgradeRequest): AcceptedUpgrade {
  const agent = requireNode(context, 'exec');
  const command = request.query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  const asked = askedStreams(request.query);
  const { name, refusal } = connectedContainer(
    pod,
    request,
    (container) => `container not found (${JSON.stringify(container)})`,
  );
  return acceptRemoteCommand(request, {
    ...asked,
    clock: context.clock,
    stopped: context.stopped,
    label: `[${command.join(' ')}]`,
    async run(streams) {
      if (refusal) throw refusal;
      try {
        return await agent.exec(pod, name, { ...streams, command, tty: asked.tty });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`error executing command in container: ${message}`, { cause: error });
      }
    },
  });
}
