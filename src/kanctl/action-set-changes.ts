import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { listWatch } from '../kubernetes/list-watch.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import type { KanctlHost } from './host.ts';

/** Told when a connection breaks or watching is forbidden; it goes on all the same. */
export type OnTrouble = (message: string) => void;

/**
 * An ActionSet as it is now, and again after each change, until it has finished.
 * @throws {ApiError} when it does not exist, is deleted, or may not be read; an Error when another has taken its place; the
 * signal's reason when that aborts
 */
export async function* actionSetChanges(
  client: KubernetesClient,
  object: ObjectName,
  { clock, signal, random }: Pick<KanctlHost, 'clock' | 'signal' | 'random'>,
  onTrouble: OnTrouble,
): AsyncGenerator<ActionSet> {
  const events = listWatch<ActionSet>(client, ACTION_SETS, {
    clock,
    signal,
    random: () => (random(1)[0] ?? 0) / 256,
    log: { debug: () => undefined, warn: (fields, message) => onTrouble(withReason(message, fields)) },
    ...(object.namespace !== undefined && { namespace: object.namespace }),
    fieldSelector: `metadata.name=${object.name}`,
  });
  let uid: string | undefined;
  for await (const event of events) {
    const seen = event.type === 'sync' ? event.items : event.type === 'deleted' ? [] : [event.object];
    // Where it is gone the server's own text says so.
    const [actionSet = await client.get<ActionSet>(ACTION_SETS, object, { signal })] = seen;
    uid ??= actionSet.metadata.uid;
    if (actionSet.metadata.uid !== uid) {
      // Its outcome is not that of the one which was asked for.
      throw new Error(
        `ActionSet ${object.namespace}/${object.name} was deleted before it had finished, and another of that name was created since`,
      );
    }
    yield actionSet;
    if (actionSet.status?.state === 'complete' || actionSet.status?.state === 'failed') return;
  }
  signal.throwIfAborted();
}

function withReason(message: string, fields: object): string {
  const { err }: { err?: unknown } = fields;
  return err instanceof Error ? `${message}: ${err.message}` : message;
}
