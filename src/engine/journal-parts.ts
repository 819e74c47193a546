import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isAlreadyExists, isForbidden, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { getIfThere } from '../kubernetes/get-if-there.ts';
import { CONFIG_MAPS } from '../kubernetes/resources.ts';
import { Failure } from './failure.ts';
import { isComfortable, type ActionPins, type Journal, type JournalPart } from './journal.ts';
import { derivedName } from './names.ts';
import type { ConfigMap } from './parameters.ts';

const PREFIX = 'kanister-journal-';
const FIELD = 'pins';

/** On every ConfigMap that holds a part of a journal; its value is the UID of the object whose run it belongs to. */
export const JOURNAL_PART_LABEL = 'cr.kanister.io/journal-of';

/** Bytes: a ConfigMap may have 1 MiB, in base64. */
const LARGEST_PART = 700_000;

/** Bytes: no more are unpacked from what somebody else may have written. */
const LARGEST_UNPACKED = 64 * 1024 * 1024;

/**
 * Moves pins that make the journal too large for its annotation into an immutable ConfigMap, which is stored when this resolves; the
 * annotation that names it is stored by the next write. Without the right to create ConfigMaps everything stays where it is.
 * @param owner the object whose journal it is
 * @throws {Failure} `JournalTooLarge`
 */
export async function movePinsOut(
  journal: Journal,
  owner: KubernetesObject,
  client: KubernetesClient,
): Promise<void> {
  if (isComfortable(journal)) return;
  const elsewhere = new Set(journal.parts?.flatMap(({ actions }) => actions));
  // What an action waits with is not pinned yet, and a part can't be changed.
  const movable = journal.actions.flatMap(({ waiting }, index) =>
    waiting || elsewhere.has(index) ? [] : [index],
  );
  if (movable.length === 0) return;
  const part = await storePart(journal, owner, movable, client);
  if (part) journal.parts = [...(journal.parts ?? []), part];
}

/**
 * Puts pins that stand in ConfigMaps back into the journal that names them.
 * @throws {Failure} `JournalPartLost` when one is gone or is another one by now; {ApiError}
 */
export async function bringPinsBack(
  journal: Journal,
  owner: KubernetesObject,
  client: KubernetesClient,
): Promise<void> {
  for (const part of journal.parts ?? []) {
    const pins = await readPart(part, owner, client);
    for (const [place, index] of part.actions.entries()) {
      const action = journal.actions[index];
      const pinned = pins[place];
      if (action === undefined || pinned === undefined) throw unreadable(part, 'it holds other actions');
      action.pins = pinned;
    }
  }
}

/**
 * Called once nothing depends on them any more. A process that ended before its first write may have left one that no journal names:
 * such a one is found where lists are allowed, and goes at the latest with the object, which owns it.
 */
export async function removeParts(
  journal: Journal,
  owner: KubernetesObject,
  client: KubernetesClient,
): Promise<void> {
  if (journal.parts === undefined) return;
  const { namespace = '', uid: owning = '' } = owner.metadata ?? {};
  const found = await client
    .list<ConfigMap>(CONFIG_MAPS, { namespace, labelSelector: `${JOURNAL_PART_LABEL}=${owning}` })
    .catch((error: unknown) => {
      if (isForbidden(error)) return undefined;
      throw error;
    });
  const left = found?.items.map(({ metadata }) => metadata ?? {}) ?? journal.parts;
  for (const { name = '', uid = '' } of left) {
    await client
      .delete(CONFIG_MAPS, { name, namespace }, { preconditions: { uid } })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}

async function storePart(
  journal: Journal,
  owner: KubernetesObject,
  actions: number[],
  client: KubernetesClient,
): Promise<JournalPart | undefined> {
  const content = gzipSync(JSON.stringify(actions.map((index) => journal.actions[index]?.pins)));
  if (content.length > LARGEST_PART) {
    throw new Failure(
      'JournalTooLarge',
      `what the run depends on has ${content.length} bytes (packed), ${LARGEST_PART} fit into a ConfigMap`,
      { hint: 'Make the Blueprint action or the object that it runs on smaller.' },
    );
  }
  const part = configMap(owner, content);
  try {
    const stored = await createOrFind(part, client);
    const { name = '', uid = '' } = stored.metadata ?? {};
    return { name, uid, hash: hashOf(content), actions };
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** The same name is the same content. */
async function createOrFind(part: ConfigMap, client: KubernetesClient): Promise<ConfigMap> {
  try {
    return await client.create<ConfigMap>(CONFIG_MAPS, part);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const { name = '', namespace = '' } = part.metadata ?? {};
  const found = await client.get<ConfigMap>(CONFIG_MAPS, { name, namespace });
  if (found.immutable && found.binaryData?.[FIELD] === part.binaryData?.[FIELD]) return found;
  throw new Failure('NameTaken', `configmaps "${name}" exists and was not made by this run`, {
    hint: `Remove ConfigMap ${name} in namespace ${namespace} and run the action again.`,
  });
}

/** Two processes that begin the same run may pin different things: what one of them stored must not be the other's. */
function configMap(owner: KubernetesObject, content: Buffer): ConfigMap {
  const { apiVersion = '', kind = '', metadata } = owner;
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: derivedName(PREFIX, uid, hashOf(content)),
      namespace,
      labels: { [JOURNAL_PART_LABEL]: uid },
      ownerReferences: [{ apiVersion, kind, name, uid }],
    },
    immutable: true,
    binaryData: { [FIELD]: content.toString('base64') },
  };
}

async function readPart(
  part: JournalPart,
  owner: KubernetesObject,
  client: KubernetesClient,
): Promise<ActionPins[]> {
  const name = { name: part.name, namespace: owner.metadata?.namespace ?? '' };
  const found = await getIfThere<ConfigMap>(client, CONFIG_MAPS, name);
  if (found === undefined) throw unreadable(part, 'it is gone');
  const content = Buffer.from(found.binaryData?.[FIELD] ?? '', 'base64');
  if (found.metadata?.uid !== part.uid || hashOf(content) !== part.hash)
    throw unreadable(part, 'it is another one by now');
  return JSON.parse(
    gunzipSync(content, { maxOutputLength: LARGEST_UNPACKED }).toString('utf8'),
  ) as ActionPins[];
}

function unreadable({ name }: JournalPart, why: string): Failure {
  return new Failure('JournalPartLost', `the run's journal goes on in ConfigMap ${name}, and ${why}`, {
    hint: 'Check what the actions have done, then create a new ActionSet.',
  });
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
