import type { Logger } from 'pino';
import { ACTION_SETS, type ActionSet } from '../api/kanister/types.ts';
import { messageOf } from '../engine/failure.ts';
import { FINALIZER } from '../engine/run-store.ts';
import { isConflict, isForbidden, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { NAMESPACES } from '../kubernetes/resources.ts';

/** Milliseconds for one request: the process is about to end. */
const TIMEOUT = 2_000;

/**
 * When an operator is stopped because its namespace is deleted, no other one comes that could end its runs: their finalizers would keep the
 * namespace for ever. Takes them away; the ActionSets go with the namespace, and what their runs made there does, too.
 */
export async function releaseNamespace(
  client: KubernetesClient,
  namespace: string,
  log: Logger,
): Promise<void> {
  try {
    if (!(await isGoing(client, namespace))) return;
    const { items } = await client.list<ActionSet>(ACTION_SETS, { namespace, timeout: TIMEOUT });
    const held = items.filter(({ metadata }) => metadata.finalizers?.includes(FINALIZER));
    await Promise.all(held.map((actionSet) => release(client, actionSet)));
    log.info({ count: held.length }, 'the namespace is being deleted: its ActionSets were released');
  } catch (error) {
    log.warn(
      { error: messageOf(error) },
      `ActionSets of namespace ${namespace} may keep it from going: remove the finalizer ${FINALIZER} from them`,
    );
  }
}

async function isGoing(client: KubernetesClient, name: string): Promise<boolean> {
  try {
    const { metadata } = await client.get(NAMESPACES, { name }, { timeout: TIMEOUT });
    return metadata?.deletionTimestamp !== undefined;
  } catch (error) {
    if (isNotFound(error)) return true;
    // Roles that the original needs do not grant it.
    if (isForbidden(error)) return false;
    throw error;
  }
}

async function release(client: KubernetesClient, actionSet: ActionSet): Promise<void> {
  const { name, namespace = '' } = actionSet.metadata;
  for (let found = actionSet; ;) {
    const finalizers = (found.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    try {
      const released = { ...found, metadata: { ...found.metadata, finalizers } };
      await client.replace<ActionSet>(ACTION_SETS, released, { timeout: TIMEOUT });
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
    }
    found = await client.get<ActionSet>(ACTION_SETS, { name, namespace }, { timeout: TIMEOUT });
  }
}
