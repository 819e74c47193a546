import type { DaemonSet, Node, NodeSelectorTerm, Pod, PodSpec, Toleration } from './kinds.ts';
import { fitsNodeAffinity, tolerates } from './node-fit.ts';

/** What a daemon's pod bears beyond what its template says: it belongs on its node, whatever that one's state. */
const TOLERATIONS: Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const OF_HOST_NETWORK: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** A daemon's pod for one node: the scheduler places it, and has no choice. */
export function daemonPodSpec(spec: PodSpec, node: string): PodSpec {
  const field = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms: NodeSelectorTerm[] = required?.nodeSelectorTerms.map((term) => ({ ...term, ...field })) ?? [
    field,
  ];
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
      },
    },
    tolerations: withDaemonTolerations(spec),
  };
}

function withDaemonTolerations(spec: PodSpec): Toleration[] {
  const own = spec.tolerations ?? [];
  const further = spec.hostNetwork ? [...TOLERATIONS, OF_HOST_NETWORK] : TOLERATIONS;
  const missing = further.filter(
    ({ key, effect }) => !own.some((toleration) => toleration.key === key && toleration.effect === effect),
  );
  return [...own, ...missing];
}

/** The node that a daemon's pod is on or is for. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms
    .flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key }) => key === 'metadata.name')?.values?.[0];
}

const asPod = ({ spec }: DaemonSet): Pod => ({
  spec: { ...spec.template.spec, tolerations: withDaemonTolerations(spec.template.spec) },
});

const fits = (node: Node, set: DaemonSet): boolean => {
  const { nodeName } = set.spec.template.spec;
  if (nodeName && nodeName !== node.metadata?.name) return false;
  return fitsNodeAffinity(node, asPod(set));
};

export const shouldRun = (node: Node, set: DaemonSet): boolean =>
  fits(node, set) &&
  (node.spec?.taints ?? []).every(
    (taint) => taint.effect === 'PreferNoSchedule' || tolerates(asPod(set), taint),
  );

/** A pod that is there stays unless its node drives it out. */
export const shouldContinue = (node: Node, set: DaemonSet): boolean =>
  fits(node, set) &&
  (node.spec?.taints ?? []).every((taint) => taint.effect !== 'NoExecute' || tolerates(asPod(set), taint));
