import type { AcceptedUpgrade, UpgradeRequest } from './api-exchange.ts';
import { connectedContainer, requireNode } from './pod-connection.ts';
import { acceptRemoteCommand, askedStreams } from './remote-command.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';

/** A request for the streams of a container's own command. */
export function acceptAttach(
  context: ServerContext,
  pod: ApiObject,
  request: UpgradeRequest,
): AcceptedUpgrade {
  const agent = requireNode(context, 'attach');
  const asked = askedStreams(request.query);
  const { name, refusal } = connectedContainer(
    pod,
    request,
    (container) =>
      `container ${container} not found in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ''}`,
  );
  return acceptRemoteCommand(request, {
    ...asked,
    clock: context.clock,
    stopped: context.stopped,
    label: '',
    async run(streams) {
      if (refusal) throw refusal;
      try {
        await agent.attach(pod, name, { ...streams, tty: asked.tty });
        return { exitCode: 0 }; // an attachment ends with the container, and does not tell its exit code
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`error attaching to container: ${message}`, { cause: error });
      }
    },
  });
}
