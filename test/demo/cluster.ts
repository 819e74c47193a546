import { text } from 'node:stream/consumers';
import type { ClientConfig } from 'pg';
import { messageOf } from '../../src/engine/failure.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { KubernetesObject, ObjectName } from '../../src/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS, SECRETS } from '../../src/kubernetes/resources.ts';

interface PodWithStatus extends KubernetesObject {
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
  };
}

interface DeploymentWithStatus extends KubernetesObject {
  status?: { conditions?: Condition[] };
}

interface Condition {
  type: string;
  status: string;
}

interface ContainerStatus {
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; exitCode?: number };
  };
}

/** The address of a StatefulSet's first pod once that is ready, or what it is now. */
export async function readyPodOf(
  kubernetes: KubernetesClient,
  { namespace, name }: ObjectName,
): Promise<{ name: string; address: string } | string> {
  const pod = await kubernetes.get<PodWithStatus>(PODS, { namespace, name: `${name}-0` });
  const { podIP: address } = pod.status ?? {};
  return isTrue(pod.status?.conditions, 'Ready') && address !== undefined
    ? { name: `${name}-0`, address }
    : stateOf(pod);
}

/** True once the Deployment's pods are there, or what they are now. */
export async function deploymentAvailable(
  kubernetes: KubernetesClient,
  object: ObjectName,
): Promise<true | string> {
  const deployment = await kubernetes.get<DeploymentWithStatus>(DEPLOYMENTS, object);
  if (isTrue(deployment.status?.conditions, 'Available')) return true;
  const { namespace, name } = object;
  const pods = await kubernetes.list<PodWithStatus>(PODS, { namespace, labelSelector: `app=${name}` });
  const states = pods.items.map(async (pod) => `${stateOf(pod)}${await lastWords(kubernetes, pod)}`);
  return states.length === 0 ? 'no pod yet' : (await Promise.all(states)).join('; ');
}

/** How to connect to the PostgreSQL of `examples/postgresql`, from its pod's address and its Secret. */
export async function connectionOf(kubernetes: KubernetesClient, object: ObjectName): Promise<ClientConfig> {
  const pod = await readyPodOf(kubernetes, object);
  if (typeof pod === 'string') throw new Error(pod);
  const { data = {} } = await kubernetes.get<KubernetesObject & { data?: Record<string, string> }>(
    SECRETS,
    object,
  );
  const value = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  return {
    host: pod.address,
    port: 5432,
    user: value('username'),
    password: value('password'),
    database: value('database'),
  };
}

function stateOf({ metadata, status }: PodWithStatus): string {
  const reasons = (status?.containerStatuses ?? []).map(({ state }) => {
    if (state?.terminated) return `ended with ${state.terminated.exitCode} (${state.terminated.reason})`;
    return state?.waiting
      ? [state.waiting.reason, state.waiting.message].filter(Boolean).join(': ')
      : 'not ready';
  });
  return `pod ${metadata?.name} is ${status?.phase ?? 'unknown'}, ${reasons.join(', ') || 'no container started'}`;
}

/** The end of the log of a container that was restarted: why it had to be. */
async function lastWords(kubernetes: KubernetesClient, { metadata, status }: PodWithStatus): Promise<string> {
  if (!status?.containerStatuses?.some(({ restartCount = 0 }) => restartCount > 0)) return '';
  const pod = { namespace: metadata?.namespace, name: metadata?.name ?? '' };
  const log = await text(await kubernetes.log(pod, { previous: true, tailLines: 3 })).catch(messageOf);
  return `, its log ended with:\n${log.trimEnd()}`;
}

function isTrue(conditions: Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
