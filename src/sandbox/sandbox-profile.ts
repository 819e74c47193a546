import { PROFILES } from '../api/kanister/types.ts';
import { isAlreadyExists } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, SECRETS } from '../kubernetes/resources.ts';
import { cacheResources } from './network/resource-cache.ts';

/** The object store that comes with a sandbox. */
export interface SandboxObjectStore {
  /** `http://HOST:PORT`; pods and this machine reach it alike. */
  endpoint: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  region: string;
}

const NAMESPACE = 'default';
const NAME = 'sandbox';

/**
 * Puts a Secret and a Profile named `sandbox` for the store into the default namespace, as soon as the Profile resource is
 * there. Ends with the signal.
 */
export function offerProfile(
  store: SandboxObjectStore,
  options: { client: KubernetesClient; clock: Clock; signal: AbortSignal; log(message: string): void },
): Promise<void> {
  const { client, signal, log } = options;
  const definition = `${PROFILES.resource}.${PROFILES.group}`;
  const onChange = (_key: string, object: KubernetesObject | undefined) => {
    if (object?.metadata?.name !== definition) return;
    create(client, store, signal).catch((error: unknown) => {
      if (!signal.aborted) log(`the Profile ${NAMESPACE}/${NAME} could not be created: ${String(error)}`);
    });
  };
  return cacheResources({ ...options, type: CUSTOM_RESOURCE_DEFINITIONS, onChange }).ended;
}

async function create(
  client: KubernetesClient,
  store: SandboxObjectStore,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    stringData: { access_key: store.accessKey, secret_key: store.secretKey },
  };
  const profile = {
    apiVersion: `${PROFILES.group}/${PROFILES.version}`,
    kind: PROFILES.kind,
    metadata,
    location: {
      type: 's3Compliant',
      bucket: store.bucket,
      endpoint: store.endpoint,
      prefix: '',
      region: store.region,
    },
    credential: {
      type: 'keyPair',
      keyPair: {
        idField: 'access_key',
        secretField: 'secret_key',
        secret: { apiVersion: 'v1', kind: 'Secret', name: NAME, namespace: NAMESPACE },
      },
    },
    skipSSLVerify: false,
  };
  await unlessThere(client.create<KubernetesObject>(SECRETS, secret, { signal }));
  await unlessThere(client.create<KubernetesObject>(PROFILES, profile, { signal }));
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
