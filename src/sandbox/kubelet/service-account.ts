import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { SERVICE_ACCOUNTS } from '../../kubernetes/resources.ts';
import type { NodeContext } from './node-context.ts';
import { type Pod, podIdentity } from './pod.ts';

/** Where programs in a cluster look for their credentials. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface ServiceAccountCredentials {
  token(): Promise<string>;
  /** Makes the folder with `token`, `ca.crt` and `namespace`; `undefined` where the pod has it in a volume, or wants none. */
  folder(podFolder: string): Promise<string | undefined>;
}

interface TokenRequest extends KubernetesObject {
  spec: object;
  status?: { token?: string };
}

export function prepareServiceAccount(
  pod: Pod,
  node: NodeContext,
  signal: AbortSignal,
): ServiceAccountCredentials {
  const { name, namespace, uid } = podIdentity(pod);
  const account = pod.spec.serviceAccountName ?? 'default';
  const token = async () => {
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: account, namespace },
      spec: {
        audiences: [],
        expirationSeconds: 3607,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
      },
    };
    const answer = await node.client.create<TokenRequest>(SERVICE_ACCOUNTS, request, {
      subresource: 'token',
      signal,
    });
    if (!answer.status?.token)
      throw new Error(`the API server gave no token for service account ${namespace}/${account}`);
    return answer.status.token;
  };
  return {
    token,
    async folder(podFolder) {
      if (pod.spec.automountServiceAccountToken === false || hasItsOwn(pod)) return undefined;
      const folder = join(podFolder, 'service-account');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'token'), await token());
      writeFileSync(join(folder, 'namespace'), namespace);
      writeFileSync(join(folder, 'ca.crt'), node.apiServer.certificateAuthority);
      return folder;
    },
  };
}

const hasItsOwn = ({ spec }: Pod) =>
  [...(spec.initContainers ?? []), ...spec.containers].some(({ volumeMounts = [] }) =>
    volumeMounts.some(({ mountPath }) => mountPath === SERVICE_ACCOUNT_FOLDER),
  );
