import type { ObjectReference } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import {
  DEPLOYMENT_CONFIGS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from '../kubernetes/resources.ts';
import { Failure } from './failure.ts';
import type { Workload } from './function.ts';

interface Volume {
  name: string;
  persistentVolumeClaim?: { claimName: string };
}

interface PodSpec {
  volumes?: Volume[];
  containers?: { name: string; volumeMounts?: { name: string; mountPath: string }[] }[];
}

interface Pod extends KubernetesObject {
  spec?: PodSpec;
  status?: { phase?: string; containerStatuses?: { name: string }[] };
}

interface WorkloadObject extends KubernetesObject {
  spec?: {
    /** Of a ReplicationController the labels themselves. */
    selector?: { matchLabels?: Record<string, string> | string; matchExpressions?: object[] | string };
    template?: { spec?: PodSpec };
    volumeClaimTemplates?: { metadata?: { name?: string } }[];
  };
  status?: { latestVersion?: number };
}

/** Reads the workload that the action is about: its running pods, their containers and their volumes. Undefined for other kinds. */
export async function readSubject(
  client: KubernetesClient,
  reference: ObjectReference,
): Promise<Workload | undefined> {
  const name = { name: reference.name ?? '', namespace: reference.namespace ?? '' };
  switch (reference.kind?.toLowerCase()) {
    case 'statefulset': {
      const set = await client.get<WorkloadObject>(STATEFUL_SETS, name);
      return describe(
        'StatefulSet',
        set,
        await runningPods(client, name.namespace, set),
        statefulSetClaims(set),
      );
    }
    case 'deployment': {
      const deployment = await client.get<WorkloadObject>(DEPLOYMENTS, name);
      const owner = await currentReplicaSet(client, deployment);
      return describe(
        'Deployment',
        deployment,
        await runningPods(client, name.namespace, owner),
        templateClaims(deployment),
      );
    }
    case 'deploymentconfig': {
      const config = await client.get<WorkloadObject>(DEPLOYMENT_CONFIGS, name);
      const owner = await currentReplicationController(client, config);
      return describe(
        'DeploymentConfig',
        config,
        await runningPods(client, name.namespace, owner),
        templateClaims(config),
      );
    }
    default:
      return undefined;
  }
}

/** Volume name → PVC name, for one pod of the workload. */
type ClaimsOfPod = (podName: string) => Map<string, string>;

function describe(
  kind: Workload['kind'],
  object: KubernetesObject,
  pods: Pod[],
  claims: ClaimsOfPod,
): Workload {
  const persistentVolumeClaims: Workload['persistentVolumeClaims'] = {};
  for (const pod of pods) {
    const mounts = mountedClaims(pod, claims(pod.metadata?.name ?? ''));
    if (Object.keys(mounts).length > 0) persistentVolumeClaims[pod.metadata?.name ?? ''] = mounts;
  }
  return {
    kind,
    namespace: object.metadata?.namespace ?? '',
    name: object.metadata?.name ?? '',
    pods: pods.map((pod) => pod.metadata?.name ?? ''),
    containers: pods.map((pod) => (pod.status?.containerStatuses ?? []).map((container) => container.name)),
    persistentVolumeClaims,
  };
}

/** PVC name → mount path; a claim that is mounted twice keeps the last path. */
function mountedClaims(pod: Pod, claims: Map<string, string>): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const container of pod.spec?.containers ?? []) {
    for (const mount of container.volumeMounts ?? []) {
      const claim = claims.get(mount.name);
      if (claim !== undefined) paths[claim] = mount.mountPath;
    }
  }
  return paths;
}

function templateClaims(object: WorkloadObject): ClaimsOfPod {
  const claims = claimsOfVolumes(object.spec?.template?.spec?.volumes);
  return () => claims;
}

/**
 * A StatefulSet's own claims are named after the pod's ordinal. A claim that the pod template names outright is used as it
 * stands (the original invents an ordinal for that, too).
 */
function statefulSetClaims(set: WorkloadObject): ClaimsOfPod {
  const direct = claimsOfVolumes(set.spec?.template?.spec?.volumes);
  return (podName) => {
    const ordinal = /-(\d+)$/.exec(podName)?.[1];
    if (ordinal === undefined) return new Map();
    const claims = new Map(direct);
    for (const template of set.spec?.volumeClaimTemplates ?? []) {
      const name = template.metadata?.name ?? '';
      claims.set(name, `${name}-${set.metadata?.name}-${ordinal}`);
    }
    return claims;
  };
}

function claimsOfVolumes(volumes: Volume[] = []): Map<string, string> {
  const claims = new Map<string, string>();
  for (const volume of volumes) {
    if (volume.persistentVolumeClaim) claims.set(volume.name, volume.persistentVolumeClaim.claimName);
  }
  return claims;
}

async function runningPods(
  client: KubernetesClient,
  namespace: string,
  owner: WorkloadObject,
): Promise<Pod[]> {
  const pods = await listAll<Pod>(client, PODS, namespace, selectorOf(owner));
  return pods.filter((pod) => isOwnedBy(pod, owner) && pod.status?.phase === 'Running');
}

async function currentReplicaSet(
  client: KubernetesClient,
  deployment: WorkloadObject,
): Promise<WorkloadObject> {
  const revision = deployment.metadata?.annotations?.['deployment.kubernetes.io/revision'];
  const namespace = deployment.metadata?.namespace ?? '';
  const sets = await listAll<WorkloadObject>(client, REPLICA_SETS, namespace, selectorOf(deployment));
  const current = sets.find(
    (set) =>
      isOwnedBy(set, deployment) &&
      set.metadata?.annotations?.['deployment.kubernetes.io/revision'] === revision,
  );
  if (current) return current;
  throw new Failure('WorkloadNotReady', 'Could not find a ReplicaSet for Deployment: not found', {
    hint: `The Deployment ${deployment.metadata?.name} has not rolled out yet; look at it with kubectl describe.`,
  });
}

async function currentReplicationController(
  client: KubernetesClient,
  config: WorkloadObject,
): Promise<WorkloadObject> {
  const version = String(config.status?.latestVersion ?? 0);
  const controllers = await listAll<WorkloadObject>(
    client,
    REPLICATION_CONTROLLERS,
    config.metadata?.namespace ?? '',
  );
  const current = controllers.find(
    (controller) =>
      isOwnedBy(controller, config) &&
      controller.metadata?.annotations?.['openshift.io/deployment-config.latest-version'] === version,
  );
  if (current) return current;
  throw new Failure(
    'WorkloadNotReady',
    'Could not find a ReplicationController for DeploymentConfig: not found',
    {
      hint: `The DeploymentConfig ${config.metadata?.name} has not rolled out yet.`,
    },
  );
}

/**
 * Labels that whatever a workload owns has, so that the server sends no other; owners let go of what loses them. Empty where labels alone
 * do not say it: then everything in the namespace is looked at.
 */
function selectorOf({ spec }: WorkloadObject): string {
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  if (typeof matchLabels !== 'object' || !Array.isArray(matchExpressions) || matchExpressions.length > 0)
    return '';
  return Object.entries(matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return (
    object.metadata?.ownerReferences?.some((reference) => reference.uid === owner.metadata?.uid) ?? false
  );
}

async function listAll<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  namespace: string,
  labelSelector = '',
): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await client.list<T>(type, {
      namespace,
      limit: 500,
      ...(labelSelector === '' ? {} : { labelSelector }),
      ...(token ? { continue: token } : {}),
    });
    items.push(...page.items);
    token = page.metadata.continue;
  } while (token);
  return items;
}
