import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../../kubernetes/resources.ts';
import type { ServedType } from '../apiserver/object-source.ts';
import { ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import type { ResourceEvent } from './informer.ts';
import type { Condition } from './kinds.ts';
import { deletionConditions } from './namespace-conditions.ts';
import type { Remains } from './namespace-conditions.ts';
import { deleteThis, find, writeStatus } from './pod-set.ts';

const POLL = 100;
const LONGEST_POLL = 2000;
const AUTHORITY = 'kube-root-ca.crt';

/** Gives a namespace what every namespace has, and empties one that is to go. */
export function namespaceController(options: { certificateAuthority: string }): Controller {
  const ofContent = ({ object: { metadata } }: ResourceEvent) => [`/${metadata?.namespace ?? ''}`];
  /** How often each has been looked at since it is to go: what takes long is asked after less often. */
  const looks = new Map<string, number>();
  return {
    name: 'namespaces',
    triggers: [
      { type: NAMESPACES, keys: ownKey },
      // What is deleted or changed of it comes back.
      { type: SERVICE_ACCOUNTS, keys: ofContent },
      {
        type: CONFIG_MAPS,
        keys: (event) => (event.object.metadata?.name === AUTHORITY ? ofContent(event) : []),
      },
    ],
    async reconcile({ name }, context) {
      const namespace = await find<Namespace>(context, NAMESPACES, { name });
      if (!namespace) {
        looks.delete(name);
        return undefined;
      }
      if (namespace.metadata?.deletionTimestamp) {
        const count = (looks.get(name) ?? 0) + 1;
        looks.set(name, count);
        const done = await empty(context, namespace);
        return done ? undefined : Math.min(POLL * count, LONGEST_POLL);
      }
      await ensure(context.client, context, SERVICE_ACCOUNTS, {
        metadata: { name: 'default', namespace: name },
      });
      await ensure(context.client, context, CONFIG_MAPS, {
        metadata: {
          name: AUTHORITY,
          namespace: name,
          annotations: {
            'kubernetes.io/description':
              'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
          },
        },
        data: { 'ca.crt': options.certificateAuthority },
      });
      return undefined;
    },
  };
}

interface Namespace extends KubernetesObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string; conditions?: Condition[] };
}

interface Content extends KubernetesObject {
  data?: Record<string, string>;
}

async function ensure(
  client: KubernetesClient,
  context: ControllerContext,
  type: ResourceType,
  object: Content,
): Promise<void> {
  const name = { name: object.metadata?.name ?? '', namespace: object.metadata?.namespace ?? '' };
  const existing = await find<Content>(context, type, name);
  try {
    if (!existing) await client.create(type, object);
    else if (existing.data?.['ca.crt'] !== object.data?.['ca.crt']) {
      await client.patch(type, name, { type: 'merge', body: { data: object.data } });
    }
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Deletes all content, pods first, and says what remains. True when nothing does and the namespace is let go. */
async function empty(context: ControllerContext, namespace: Namespace): Promise<boolean> {
  const { client } = context;
  const name = namespace.metadata?.name ?? '';
  if (namespace.spec?.finalizers?.includes('kubernetes') === false) return true;
  const types = context.types().filter(
    // Events tell of the end too; the last ones go with the rest.
    ({ namespaced, verbs, group }) => namespaced && verbs.includes('delete') && group !== 'events.k8s.io',
  );
  const isPods = ({ group, resource }: ServedType): boolean => group === '' && resource === 'pods';
  const remains: Remains = new Map();
  const failures: string[] = [];
  const clear = async (type: ServedType): Promise<void> => {
    try {
      const left = await deleteAll(context, type, name);
      if (left.length > 0) remains.set(type, left);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  };
  for (const type of types.filter(isPods)) await clear(type);
  if (remains.size === 0) for (const type of types) if (!isPods(type)) await clear(type);
  const conditions = deletionConditions(namespace.status?.conditions, remains, failures, context.clock.now());
  const written = await writeStatus<Namespace>(client, NAMESPACES, namespace, {
    ...namespace.status,
    conditions,
  });
  if (remains.size > 0 || failures.length > 0) return false;
  const finalizers = (written.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
  const finalized: Namespace = { ...written, apiVersion: 'v1', kind: 'Namespace', spec: { finalizers } };
  await client.replace(NAMESPACES, finalized, { subresource: 'finalize' });
  return true;
}

/** What is left after everything was asked to go. */
async function deleteAll(
  { client, contents }: ControllerContext,
  type: ServedType,
  namespace: string,
): Promise<KubernetesObject[]> {
  for (const object of contents(type, namespace))
    if (!object.metadata?.deletionTimestamp) await deleteThis(client, type, object);
  return contents(type, namespace);
}
