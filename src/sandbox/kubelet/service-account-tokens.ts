import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { SERVICE_ACCOUNTS } from '../../kubernetes/resources.ts';
import type { ProcessNode } from './process-runtime.ts';
import { type Pod, podIdentity } from './pod.ts';
import type { TokenWish } from './volumes.ts';

/** Gives tokens of the account that a pod runs as, bound to the pod; each is kept until it is time for the next. */
export type TokenSource = (wish?: TokenWish) => Promise<string>;

interface TokenRequest extends KubernetesObject {
  spec: object;
  status?: { token?: string };
}

export function serviceAccountTokens(pod: Pod, node: ProcessNode, signal: AbortSignal): TokenSource {
  const { name, namespace, uid } = podIdentity(pod);
  const account = pod.spec.serviceAccountName ?? 'default';
  const issued = new Map<string, { token: string; until: number }>();
  return async ({ audience, expirationSeconds = 3607 }: TokenWish = {}) => {
    const key = `${audience ?? ''}/${expirationSeconds}`;
    const now = node.clock.now().getTime();
    const known = issued.get(key);
    if (known && now < known.until) return known.token;
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: account, namespace },
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
      },
    };
    const answer = await node.client.create<TokenRequest>(SERVICE_ACCOUNTS, request, {
      subresource: 'token',
      signal,
    });
    if (!answer.status?.token)
      throw new Error(`the API server gave no token for service account ${namespace}/${account}`);
    // A kubelet asks for the next when four fifths of the time are over.
    issued.set(key, { token: answer.status.token, until: now + expirationSeconds * 800 });
    return answer.status.token;
  };
}
