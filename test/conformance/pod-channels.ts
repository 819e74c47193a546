import type { Conversation } from './conversation.ts';

/** What comes over each channel of a WebSocket to the pod `p` until it ends; `say` is sent first. */
export async function channels(
  t: Conversation,
  subresource: string,
  query: [string, string][],
  protocols: string[],
  say: Uint8Array[] = [],
): Promise<Record<string, string>> {
  const channel = await t.cluster.transport.connect({
    path: `/api/v1/namespaces/${t.namespace}/pods/p/${subresource}`,
    query,
    protocols,
  });
  const seen: Record<string, string> = {};
  for (const message of say) await channel.send(message);
  for await (const message of channel.messages) {
    const number = String(message[0]);
    seen[number] = (seen[number] ?? '') + Buffer.from(message.subarray(1)).toString();
  }
  return seen;
}

/** The query of an exec of a command whose outputs are wanted. */
export const asked = (...command: string[]): [string, string][] => [
  ...command.map((word): [string, string] => ['command', word]),
  ['stdout', 'true'],
  ['stderr', 'true'],
];
