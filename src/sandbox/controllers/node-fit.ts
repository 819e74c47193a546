import { compareQuantities, parseQuantity } from '../../kubernetes/quantity.ts';
import { sumResources } from '../../kubernetes/resource-list.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import type { Node, NodeSelectorTerm, Pod, PodAffinityTerm, Taint, Toleration } from './kinds.ts';
import { isFinished } from './pod-set.ts';
import type { PodClaims } from './pod-claims.ts';
import { requestsOf } from './pod-requests.ts';

/** Why a pod cannot be on a node, in the scheduler's words; resolvable where it could if others were not there. */
export interface Misfit {
  reason: string;
  resolvable: boolean;
}

export interface Cluster {
  nodes: Node[];
  /** Pods that have a node. */
  placed: Pod[];
  claims: PodClaims;
}

/** What keeps a pod off a node: all that the first filter that refuses it says. Nothing where it fits. */
export function misfitsOf(node: Node, pod: Pod, cluster: Cluster): Misfit[] {
  for (const filter of FILTERS) {
    const misfits = filter(node, pod, cluster);
    if (misfits.length > 0) return misfits;
  }
  return [];
}

type Filter = (node: Node, pod: Pod, cluster: Cluster) => Misfit[];

const never = (reason: string): Misfit[] => [{ reason, resolvable: false }];
const notNow = (reason: string): Misfit[] => [{ reason, resolvable: true }];

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** In the order in which the scheduler asks them. */
const FILTERS: Filter[] = [
  (node, pod) =>
    node.spec?.unschedulable && !tolerates(pod, UNSCHEDULABLE) ? never('node(s) were unschedulable') : [],
  (node, pod) => {
    const taint = untolerated(node, pod);
    return taint ? never(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`) : [];
  },
  (node, pod) =>
    fitsNodeAffinity(node, pod) ? [] : never("node(s) didn't match Pod's node affinity/selector"),
  (node, pod, { placed }) =>
    hasPortConflict(node, pod, placed)
      ? notNow("node(s) didn't have free ports for the requested pod ports")
      : [],
  (node, pod, { placed }) => missingResources(node, pod, placed),
  (_node, pod, { claims, placed }) => {
    const exclusive = claims.exclusive.some((name) => placed.some((other) => uses(other, pod, name)));
    return exclusive
      ? notNow(
          'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
        )
      : [];
  },
  (node, _pod, { claims }) =>
    claims.nodeTerms.every((terms) => matchesTerms(node, terms))
      ? []
      : never("node(s) didn't match PersistentVolume's node affinity"),
  (node, _pod, { claims }) =>
    claims.waiting.every(
      ({ selectedNode }) => selectedNode === undefined || selectedNode === node.metadata?.name,
    )
      ? []
      : never("node(s) didn't find available persistent volumes to bind"),
  podAffinityMisfits,
];

export const tolerates = ({ spec }: Pod, taint: Taint): boolean =>
  (spec?.tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint));

function toleratesTaint(
  { key = '', operator = 'Equal', value = '', effect }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && value === (taint.value ?? '');
}

function untolerated({ spec }: Node, pod: Pod): Taint | undefined {
  return (spec?.taints ?? []).find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(pod, taint));
}

export function fitsNodeAffinity(node: Node, { spec }: Pod): boolean {
  const labels = node.metadata?.labels ?? {};
  const selector = Object.entries(spec?.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesTerms(node, required.nodeSelectorTerms);
}

/** Any of the terms; one that asks for nothing finds nothing. */
function matchesTerms(node: Node, terms: NodeSelectorTerm[]): boolean {
  const labels = node.metadata?.labels ?? {};
  const own = { 'metadata.name': node.metadata?.name ?? '' };
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every((requirement) => holds(labels, requirement)) &&
      matchFields.every((requirement) => holds(own, requirement))
    );
  });
}

function holds(
  labels: Record<string, string>,
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

const onNode = (node: Node, placed: Pod[]): Pod[] =>
  placed.filter((pod) => pod.spec?.nodeName === node.metadata?.name && !isFinished(pod));

function hasPortConflict(node: Node, pod: Pod, placed: Pod[]): boolean {
  const portsOf = ({ spec }: Pod): string[] =>
    (spec?.containers ?? [])
      .flatMap(({ ports = [] }) => ports)
      .flatMap(({ hostPort, protocol = 'TCP' }) => (hostPort ? [`${protocol}/${hostPort}`] : []));
  const wanted = new Set(portsOf(pod));
  return (
    wanted.size > 0 && onNode(node, placed).some((other) => portsOf(other).some((port) => wanted.has(port)))
  );
}

function missingResources(node: Node, pod: Pod, placed: Pod[]): Misfit[] {
  const { allocatable } = node.status ?? {};
  if (!allocatable) return [];
  const others = onNode(node, placed);
  const misfits: Misfit[] = [];
  if (allocatable.pods !== undefined && others.length + 1 > Number(allocatable.pods)) {
    misfits.push({ reason: 'Too many pods', resolvable: Number(allocatable.pods) > 0 });
  }
  const wanted = requestsOf(pod);
  const taken = sumResources(others.map(requestsOf));
  for (const [resource, quantity] of wanted) {
    if (compareQuantities(quantity, parseQuantity('0')) <= 0) continue;
    const all = parseQuantity(allocatable[resource] ?? '0');
    const sum = sumResources([
      new Map([[resource, quantity]]),
      new Map([[resource, taken.get(resource) ?? parseQuantity('0')]]),
    ]);
    if (compareQuantities(sum.get(resource) ?? quantity, all) <= 0) continue;
    misfits.push({ reason: `Insufficient ${resource}`, resolvable: compareQuantities(quantity, all) <= 0 });
  }
  return misfits;
}

const uses = (other: Pod, pod: Pod, claim: string): boolean =>
  other.metadata?.namespace === pod.metadata?.namespace &&
  !isFinished(other) &&
  (other.spec?.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim);

function podAffinityMisfits(node: Node, pod: Pod, { placed, nodes }: Cluster): Misfit[] {
  const running = placed.filter((other) => !isFinished(other));
  const domainOf = (term: PodAffinityTerm, name: string | undefined): string | undefined =>
    nodes.find(({ metadata }) => metadata?.name === name)?.metadata?.labels?.[term.topologyKey];
  const finds = (term: PodAffinityTerm, owner: Pod, other: Pod): boolean =>
    (term.namespaces ?? [owner.metadata?.namespace]).includes(other.metadata?.namespace) &&
    selectorOf(term.labelSelector)(other.metadata?.labels ?? {});
  const inDomain = (term: PodAffinityTerm, owner: Pod, candidates: Pod[]): boolean => {
    const domain = node.metadata?.labels?.[term.topologyKey];
    return (
      domain !== undefined &&
      candidates.some((other) => domainOf(term, other.spec?.nodeName) === domain && finds(term, owner, other))
    );
  };
  const affinity = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  // The first of pods that want to be together finds none, and is where the others come.
  const first = affinity.every(
    (term) => finds(term, pod, pod) && !running.some((other) => finds(term, pod, other)),
  );
  const met = affinity.every((term) =>
    first ? node.metadata?.labels?.[term.topologyKey] !== undefined : inDomain(term, pod, running),
  );
  if (!met) return never("node(s) didn't match pod affinity rules");
  const apart = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (apart.some((term) => inDomain(term, pod, running))) {
    return notNow("node(s) didn't match pod anti-affinity rules");
  }
  const refused = running.some((other) => {
    const terms = other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return terms.some((term) => {
      const domain = domainOf(term, other.spec?.nodeName);
      return (
        domain !== undefined &&
        domain === node.metadata?.labels?.[term.topologyKey] &&
        finds(term, other, pod)
      );
    });
  });
  return refused ? notNow("node(s) didn't satisfy existing pods anti-affinity rules") : [];
}
