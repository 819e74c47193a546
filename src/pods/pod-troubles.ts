import { isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../kubernetes/resources.ts';
import type { PodContext } from './follow-pod.ts';
import type { ContainerStatus, Pod } from './pod.ts';

/** Why a pod does not start. */
export interface PodTrouble {
  /** CamelCase, Kubernetes' own word. */
  reason: string;
  message: string;
  /** Milliseconds that it may last before the pod is given up; absent: as long as the pod may take to start. */
  patience?: number;
  hint: string;
}

export interface Patience {
  /** Registries and networks recover: an image that can't be pulled. */
  imagePull: number;
  /** A Secret or ConfigMap may come later than the pod that mentions it. */
  configuration: number;
}

export const DEFAULT_PATIENCE: Patience = { imagePull: 120_000, configuration: 60_000 };

/**
 * What keeps a pending pod from starting, as far as its status tells. A pod that no node takes is never given up early: a cluster may
 * be adding a node for it.
 */
export function pendingTrouble(pod: Pod, patience: Patience): PodTrouble | undefined {
  const { reason = '', message = '', conditions = [] } = pod.status ?? {};
  if (reason === 'OutOfmemory' || reason === 'OutOfcpu') {
    return {
      reason,
      message: `Pod stuck in pending state: ${reason} ${message}`.trim(),
      patience: 0,
      hint: 'The node has not enough memory or CPU: lower the requests in podOverride, or add nodes.',
    };
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const trouble = waitingTrouble(status, patience);
    if (trouble) return trouble;
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return {
      reason: scheduled.reason ?? 'Unschedulable',
      message: scheduled.message ?? 'no node takes the pod',
      hint: unschedulableHint(scheduled.message ?? ''),
    };
  }
  return undefined;
}

/** What the pod's node and claims tell; costs requests, so it is asked only of pods that are late. What may not be read is left out. */
export async function surroundingTrouble(context: PodContext, pod: Pod): Promise<PodTrouble | undefined> {
  return (await nodeTrouble(context, pod)) ?? (await claimTrouble(context, pod));
}

function waitingTrouble(status: ContainerStatus, patience: Patience): PodTrouble | undefined {
  const { reason = '', message = '' } = status.state?.waiting ?? {};
  const text = `container "${status.name}": ${reason}${message && `: ${message}`}`;
  switch (reason) {
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return { reason, message: text, patience: 0, hint: 'Correct the name of the image in the Blueprint.' };
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'ImageInspectError':
    case 'RegistryUnavailable':
      return {
        reason,
        message: text,
        patience: patience.imagePull,
        hint: imagePullHint(message),
      };
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return {
        reason,
        message: text,
        patience: patience.configuration,
        hint: configurationHint(message),
      };
    default:
      return undefined;
  }
}

/** The scheduler counts nodes by reason: the reasons that an action can do something about come first. */
function unschedulableHint(message: string): string {
  if (/unbound immediate PersistentVolumeClaims|volume node affinity conflict/.test(message)) {
    return 'A PersistentVolumeClaim of the pod has no volume that its nodes can use: look at it with kubectl describe pvc.';
  }
  if (/persistentvolumeclaim "[^"]*" not found/.test(message)) {
    return 'Create the PersistentVolumeClaim in the namespace of the pod, or correct its name in the Blueprint.';
  }
  if (/Insufficient (?:cpu|memory|ephemeral-storage)/.test(message)) {
    return 'The nodes have not enough left: lower the requests in podOverride, or add nodes.';
  }
  if (/untolerated taint/.test(message)) {
    return 'The nodes are reserved by taints: give tolerations in podOverride that allow the pod there.';
  }
  if (/didn't match Pod's node (?:affinity|selector)/.test(message)) {
    return 'No node has the labels that nodeSelector or affinity in podOverride ask for: correct them, or label a node.';
  }
  return 'Check nodeSelector, affinity, tolerations and requests in podOverride, and the free capacity of the nodes.';
}

function imagePullHint(message: string): string {
  if (/unauthorized|authentication required|denied|401|403/i.test(message)) {
    return 'The registry asks for credentials: give podOverride.imagePullSecrets, or correct the name of the image.';
  }
  if (/toomanyrequests|429/i.test(message)) {
    return 'The registry limits pulls: give podOverride.imagePullSecrets of an account, or use a registry of your own.';
  }
  if (/not found|manifest unknown|does not exist/i.test(message)) {
    return 'The registry has no image of this name and tag: correct it in the Blueprint.';
  }
  if (/no such host|timeout|connection refused|x509/i.test(message)) {
    return 'The nodes do not reach the registry: check their DNS, proxy and trusted certificates, or use a registry that they reach.';
  }
  return 'Check the name of the image, that the nodes reach its registry, and podOverride.imagePullSecrets.';
}

function configurationHint(message: string): string {
  if (/runAsNonRoot/.test(message)) {
    return 'The image runs as root, which the pod forbids: set runAsUser in podOverride.securityContext.';
  }
  if (/executable file not found|no such file or directory/.test(message)) {
    return 'Check that the command exists in the image: it is run as it is, without a shell.';
  }
  const missing = /(secret|configmap) "([^"]+)" not found/i.exec(message);
  if (missing)
    return `Create ${missing[1]} ${missing[2]} in the namespace of the pod, or correct the name in podOverride.`;
  return 'Check that the Secrets, ConfigMaps and keys that podOverride mentions are in the namespace of the pod.';
}

interface Node extends KubernetesObject {
  spec?: { unschedulable?: boolean };
  status?: { conditions?: { type: string; status: string }[] };
}

async function nodeTrouble(context: PodContext, pod: Pod): Promise<PodTrouble | undefined> {
  const name = pod.spec.nodeName;
  if (!name) return undefined;
  const node = await readable(context, () =>
    context.kubernetes.get<Node>(NODES, { name }, { signal: context.signal }),
  );
  if (!node) return undefined;
  const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  if (ready && !node.spec?.unschedulable) return undefined;
  return {
    reason: 'NodeNotReady',
    message: `Node is currently not ready/schedulable: ${name}`,
    patience: 0,
    hint: `Check node ${name}, then run the action again.`,
  };
}

interface Claim extends KubernetesObject {
  spec?: { volumeName?: string };
  status?: { phase?: string };
}

async function claimTrouble(context: PodContext, pod: Pod): Promise<PodTrouble | undefined> {
  const { kubernetes, signal } = context;
  const { namespace } = pod.metadata;
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (!persistentVolumeClaim) continue;
    const name = persistentVolumeClaim.claimName;
    const claim = await readable(context, () =>
      kubernetes.get<Claim>(
        PERSISTENT_VOLUME_CLAIMS,
        { name, ...(namespace !== undefined && { namespace }) },
        { signal },
      ),
    );
    const lost = { patience: 0, hint: `Repair PersistentVolumeClaim ${name}, then run the action again.` };
    if (claim?.status?.phase === 'Lost') {
      return { ...lost, reason: 'ClaimLost', message: `PVC ${name} of the pod has lost its volume` };
    }
    const volume = claim?.status?.phase === 'Pending' ? claim.spec?.volumeName : undefined;
    if (!volume) continue;
    const found = await readable(context, () =>
      kubernetes.get<Claim>(PERSISTENT_VOLUMES, { name: volume }, { signal }),
    );
    if (found?.status?.phase === 'Failed') {
      return { ...lost, reason: 'VolumeFailed', message: `PV ${volume} of PVC ${name} has failed` };
    }
  }
  return undefined;
}

/** Nothing for what is missing or may not be read: it only serves to explain, and existing roles need not grant it. */
async function readable<T>({ signal, log }: PodContext, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    signal.throwIfAborted();
    if (!isNotFound(error))
      log.debug({ error: String(error) }, 'What surrounds a pending pod could not be read');
    return undefined;
  }
}
