import { isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { EVENTS, NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../kubernetes/resources.ts';
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
  /** A Secret, ConfigMap or claim may come later than the pod that mentions it. */
  configuration: number;
  /** No node is meant for the pod, and nothing is adding one. */
  scheduling: number;
}

export const DEFAULT_PATIENCE: Patience = {
  imagePull: 120_000,
  configuration: 60_000,
  scheduling: 240_000,
};

/** What keeps a pending pod from starting, as far as its status tells. */
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
  return scheduled?.status === 'False' ? schedulingTrouble(scheduled, patience) : undefined;
}

/**
 * What the pod's node, claims and events tell; costs requests, so it is asked only of pods that are late. What may not be read is left
 * out.
 */
export async function surroundingTrouble(
  context: PodContext,
  pod: Pod,
  patience: Patience,
): Promise<PodTrouble | undefined> {
  return (
    (await nodeTrouble(context, pod)) ??
    (await claimTrouble(context, pod)) ??
    (await placeTrouble(context, pod, patience))
  );
}

/** Has no patience of its own where the end of another pod, a volume or a new node may help. */
function schedulingTrouble(
  { reason = 'Unschedulable', message = 'no node takes the pod' }: { reason?: string; message?: string },
  { configuration }: Patience,
): PodTrouble {
  return {
    reason,
    message,
    ...(/persistentvolumeclaim "[^"]*" not found/.test(message) && { patience: configuration }),
    hint: unschedulableHint(message),
  };
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
    case 'CrashLoopBackOff':
      return {
        reason,
        message: `${text}${lastEnd(status)}`,
        hint: 'The container ends again and again: the last lines of its log may say why.',
      };
    default:
      return undefined;
  }
}

function lastEnd({ lastState }: ContainerStatus): string {
  const code = lastState?.terminated?.exitCode;
  return code === undefined ? '' : ` (it exited with code ${code})`;
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

interface PodEvent extends KubernetesObject {
  reason?: string;
}

/** Of Kubernetes' autoscaler and of Karpenter: a node is on its way. */
const NODE_COMES = ['TriggeredScaleUp', 'Nominated'];

/**
 * A pod that no node is meant for: by labels or taints that stay as they are until somebody changes them, where no autoscaler has said
 * that it adds a node. Where events may not be read nobody knows, and the pod keeps its time.
 */
async function placeTrouble(
  context: PodContext,
  pod: Pod,
  { scheduling }: Patience,
): Promise<PodTrouble | undefined> {
  const { kubernetes, signal } = context;
  const { name, namespace, uid } = pod.metadata;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const { reason = '', message = '', status } = scheduled ?? {};
  if (status !== 'False' || !isMeantForNoNode(message) || pod.status?.nominatedNodeName) return undefined;
  const events = await readable(context, () =>
    kubernetes.list<PodEvent>(EVENTS, {
      ...(namespace !== undefined && { namespace }),
      fieldSelector: `involvedObject.name=${name},involvedObject.uid=${uid}`,
      limit: 100,
      signal,
    }),
  );
  if (!events || events.items.some((event) => NODE_COMES.includes(event.reason ?? ''))) return undefined;
  return { reason, message, patience: scheduling, hint: unschedulableHint(message) };
}

/** `0/2 nodes are available: 1 node(s) had untolerated taint {dedicated: db}, 1 node(s) didn't match ….` and then, as of the version, what else does not help. */
function isMeantForNoNode(message: string): boolean {
  const reasons = /^0\/\d+ nodes are available: (.*?)\.(?: .*)?$/s.exec(message)?.[1]?.split(', ') ?? [];
  return (
    reasons.length > 0 &&
    reasons.every((reason) =>
      /^\d+ node\(s\) (?:didn't match Pod's node affinity\/selector|had untolerated taint \{(?!node\.kubernetes\.io\/).*\})$/.test(
        reason,
      ),
    )
  );
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
