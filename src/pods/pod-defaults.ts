import type { NewPod, PodApplier } from '../engine/pod-doors.ts';
import type { Json, JsonObject } from '../kubernetes/objects.ts';
import { POD_SPEC_SCHEMA, strategicMerge } from '../kubernetes/strategic-merge.ts';
import { parseYaml } from '../kubernetes/yaml.ts';
import { checkPodSpec } from './check-pod-spec.ts';

interface PodDefaults {
  labels: JsonObject;
  annotations: JsonObject;
  spec: JsonObject;
  container: JsonObject;
}

/** What a function decides: with another one it would be another function's pod. */
const OF_FUNCTIONS: Partial<Record<keyof PodDefaults, readonly string[]>> = {
  spec: ['containers', 'initContainers', 'ephemeralContainers', 'restartPolicy'],
  container: ['name', 'image', 'command', 'args'],
};

/**
 * What all pods of functions get: a YAML map of `labels` and `annotations`, which yield to those of the pod, and of `spec` and `container`,
 * which are laid over the pod's spec and over each of its containers, by strategic merge.
 * @throws {Error} that says what is wrong, and where
 */
export function podDefaults(yaml: string): PodApplier {
  const { labels, annotations, spec, container } = readDefaults(yaml);
  const apply: PodApplier = (pod) => {
    const patchOf = ({ name }: { name: string }): JsonObject => ({ ...container, name });
    const { containers, initContainers } = pod.spec;
    const patch = {
      ...spec,
      containers: containers.map(patchOf),
      ...(initContainers && { initContainers: initContainers.map(patchOf) }),
    };
    const { metadata } = pod;
    return {
      ...pod,
      metadata: {
        ...metadata,
        ...united('labels', labels, metadata.labels),
        ...united('annotations', annotations, metadata.annotations),
      },
      spec: strategicMerge<NewPod['spec'] & JsonObject>(
        JSON.parse(JSON.stringify(pod.spec)),
        patch,
        POD_SPEC_SCHEMA,
      ),
    };
  };
  check(apply);
  return apply;
}

function readDefaults(yaml: string): PodDefaults {
  const defaults: PodDefaults = { labels: {}, annotations: {}, spec: {}, container: {} };
  const given = parseYaml(yaml);
  if (given === null) return defaults;
  for (const [key, value] of Object.entries(mapAt('the file', given))) {
    if (!isKey(key)) throw new Error(`${key} is unknown: it may have ${KEYS.join(', ')}`);
    const map = mapAt(key, value ?? {});
    for (const field of OF_FUNCTIONS[key] ?? []) {
      if (field in map) throw new Error(`${key}.${field} is for each function to say`);
    }
    if (key === 'labels' || key === 'annotations') checkTexts(key, map);
    defaults[key] = map;
  }
  return defaults;
}

const KEYS = ['labels', 'annotations', 'spec', 'container'] as const;

function isKey(key: string): key is keyof PodDefaults {
  return KEYS.some((known) => known === key);
}

function mapAt(place: string, value: Json): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${place} must be a map`);
}

function checkTexts(place: string, map: JsonObject): void {
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== 'string') throw new Error(`${place}.${key} must be a text: put it in quotes`);
  }
}

/** On a pod as functions make it, so that what no pod could have is told when the operator starts. */
function check(apply: PodApplier): void {
  const container = { name: 'container' };
  const spec = { containers: [container], initContainers: [container] };
  const changed = apply({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec });
  const problem = checkPodSpec(JSON.parse(JSON.stringify(changed.spec)));
  if (problem) throw new Error(`${placeOf(problem.path)}: ${problem.text.replace(/^.*: /, '')}`);
}

/** As it stands in the file. */
function placeOf(path: string): string {
  return path.replace(/^(?:containers|initContainers)\[0\]/, 'container').replace(/^(?!container)/, 'spec.');
}

function united(field: 'labels' | 'annotations', defaults: JsonObject, own: Record<string, string> = {}) {
  const all = { ...defaults, ...own };
  return Object.keys(all).length === 0 ? {} : { [field]: all };
}
