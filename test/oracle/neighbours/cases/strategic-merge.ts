import type { JsonObject } from '../../../../src/kubernetes/objects.ts';
import {
  InvalidMergePatch,
  POD_SPEC_SCHEMA,
  strategicMerge,
} from '../../../../src/kubernetes/strategic-merge.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';
import { canonicalJson } from './canonical-json.ts';

interface Input {
  original: string;
  patch: string;
}

export const strategicMergeCases = defineNeighbour<Input>({
  name: 'strategic-merge',
  sameText: () => '',
  fixed: fixed(),
  generate: (random) => ({
    original: JSON.stringify(podSpec(random, false)),
    patch: JSON.stringify(podSpec(random, true)),
  }),
  answer({ original, patch }) {
    try {
      const merged = strategicMerge(
        JSON.parse(original) as JsonObject,
        JSON.parse(patch) as JsonObject,
        POD_SPEC_SCHEMA,
      );
      return { json: canonicalJson(merged) };
    } catch (error) {
      if (error instanceof InvalidMergePatch) return { error: error.message };
      throw error;
    }
  },
});

function fixed(): Input[] {
  const originals = [
    {},
    {
      containers: [
        {
          name: 'c',
          image: 'i',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
      ],
    },
    {
      containers: [{ name: 'a' }, { name: 'b', ports: [{ containerPort: 80 }] }, { name: 'c' }],
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', hostPath: { path: '/x' } },
      ],
      nodeSelector: { disk: 'ssd', zone: 'z' },
      tolerations: [{ key: 'k' }],
      securityContext: { runAsUser: 1, supplementalGroups: [1, 2], seLinuxOptions: { level: 's0' } },
      restartPolicy: 'Never',
    },
  ];
  const patches = [
    {},
    { $patch: 'replace', hostname: 'h' },
    { $patch: 'delete' },
    { $patch: 'merge', hostname: 'h' },
    { $patch: 'other' },
    { $patch: null },
    { $patch: 1 },
    { containers: [{ name: 'a', image: 'x' }] },
    {
      containers: [
        { name: 'd', image: 'x' },
        { name: 'b', image: 'y' },
      ],
    },
    { containers: [{ name: 'd', env: null, $patch: 'replace' }] },
    { containers: [{ $patch: 'replace' }, { name: 'n' }, { name: 'm' }] },
    { containers: [{ $patch: 'replace' }] },
    { containers: [{ name: 'a', $patch: 'delete' }] },
    { containers: [{ name: 'zz', $patch: 'delete' }] },
    { containers: [{ $patch: 'delete' }] },
    { containers: [{ name: 'a', $patch: 'merge' }] },
    { containers: [{ name: 'a', $patch: 'what' }] },
    { containers: [{ image: 'x' }] },
    { containers: ['a'] },
    { containers: ['a', { name: 'a' }] },
    { containers: [null] },
    { containers: [[{ name: 'a' }]] },
    { containers: [] },
    { containers: null },
    { containers: {} },
    { containers: 'a' },
    { containers: [{ name: null }] },
    { containers: [{ name: 1 }] },
    { containers: [{ name: { a: 1 } }] },
    {
      containers: [
        {
          name: 'c',
          env: [
            { name: 'B', value: null },
            { name: 'C', value: '3' },
          ],
        },
      ],
    },
    { containers: [{ name: 'c', env: [{ value: 'x' }] }] },
    { containers: [{ name: 'new', env: [{ value: 'x', $patch: 'delete' }], image: null }] },
    { containers: [{ name: 'b', ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }] }] },
    { containers: [{ name: 'b', ports: [{ containerPort: '80' }] }] },
    {
      containers: [
        { name: 'a', command: ['x'] },
        { name: 'a', command: ['y'] },
      ],
    },
    {
      containers: [
        { name: 'n', image: '1' },
        { name: 'n', image: '2' },
      ],
    },
    {
      '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }],
      containers: [{ name: 'a', image: 'x' }],
    },
    { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }] },
    { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a' }] },
    {
      '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }],
      containers: [{ name: 'b' }, { name: 'a' }],
    },
    {
      '$setElementOrder/containers': [{ name: 'z' }, { name: 'a' }],
      containers: [{ name: 'z' }, { name: 'a' }],
    },
    { '$setElementOrder/containers': [{ name: 'c' }], containers: [{ name: 'a', $patch: 'delete' }] },
    { '$setElementOrder/containers': [{ name: 'n' }], containers: [{ $patch: 'replace' }, { name: 'n' }] },
    { '$setElementOrder/containers': ['a'], containers: [{ name: 'a' }] },
    { '$setElementOrder/containers': [{}], containers: [{ name: 'a' }] },
    { '$setElementOrder/containers': [], containers: [{ name: 'a' }] },
    { '$setElementOrder/containers': [] },
    { '$setElementOrder/containers': {} },
    { '$setElementOrder/containers': [{ name: 'a' }], containers: {} },
    { '$setElementOrder/containers': [{ name: 'a' }], containers: null },
    { $setElementOrder: [{ name: 'a' }] },
    { '$setElementOrder/tolerations': [{ key: 'k' }] },
    { '$setElementOrder/tolerations': [{ key: 'k' }], tolerations: [{ key: 'l' }] },
    { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/y' } }] },
    { volumes: [{ name: 'v', $retainKeys: ['name'], hostPath: { path: '/y' } }] },
    { volumes: [{ name: 'v', $retainKeys: ['name'], hostPath: null }] },
    { volumes: [{ name: 'v', $retainKeys: 'name' }] },
    { volumes: [{ name: 'new', $retainKeys: ['name'], emptyDir: {} }] },
    { volumes: [{ name: 'v', emptyDir: null, configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } }] },
    { volumes: [{ name: 'w', hostPath: { $patch: 'replace', type: 'File' } }] },
    { volumes: [{ name: 'w', hostPath: { $patch: 'delete' } }] },
    { $retainKeys: ['hostname'], hostname: 'h' },
    { $retainKeys: [], hostname: null },
    { $retainKeys: ['restartPolicy'] },
    { nodeSelector: { disk: null, new: 'x' } },
    { nodeSelector: { $patch: 'replace', only: 'this' } },
    { nodeSelector: { $patch: 'delete' } },
    { nodeSelector: null },
    { tolerations: [{ key: 'l', $patch: 'delete', x: null }] },
    { tolerations: [] },
    { securityContext: { supplementalGroups: [3], runAsUser: null, fsGroup: 5 } },
    { securityContext: { seLinuxOptions: { role: 'r' } } },
    { securityContext: 'none' },
    { securityContext: { '$deleteFromPrimitiveList/supplementalGroups': [1] } },
    { securityContext: { '$deleteFromPrimitiveList/supplementalGroups': ['1'] } },
    { securityContext: { '$deleteFromPrimitiveList/supplementalGroups': 1 } },
    { securityContext: { '$deleteFromPrimitiveList/supplementalGroups': [] } },
    { securityContext: { '$deleteFromPrimitiveList/sysctls': ['x'] } },
    { $deleteFromPrimitiveList: ['x'] },
    { '$deleteFromPrimitiveList/containers': [{ name: 'a' }] },
    {
      affinity: {
        nodeAffinity: { a: null, b: [{ c: null }, { $patch: 'delete', d: 1 }], $patch: 'replace' },
      },
    },
    { affinity: { nodeAffinity: { a: null, b: [{ c: null }, { $patch: 'delete', d: 1 }] } } },
    { hostAliases: [{ ip: '1.1.1.1', hostnames: ['a'] }], imagePullSecrets: [{ name: 's' }] },
    { restartPolicy: 'Always', terminationGracePeriodSeconds: 5, hostNetwork: true, priority: 1.5 },
    { restartPolicy: { a: 1 } },
    { restartPolicy: { $patch: 'delete' } },
    { restartPolicy: null, hostname: null },
  ];
  return originals.flatMap((original) =>
    patches.map((patch) => ({ original: JSON.stringify(original), patch: JSON.stringify(patch) })),
  );
}

type Maker = (random: Random, isPatch: boolean) => unknown;

const NAMES = ['a', 'b', 'c', 'd'];

function podSpec(random: Random, isPatch: boolean): unknown {
  const fields: Record<string, Maker> = {
    containers: listOf(container),
    initContainers: listOf(container),
    volumes: listOf(volume),
    tolerations: listOf((choices) => ({ key: choices.pick(NAMES) })),
    nodeSelector: (choices) => labels(choices, isPatch),
    securityContext: (choices) => ({
      ...some(choices, {
        runAsUser: () => choices.below(3),
        supplementalGroups: () => choices.some(3, () => choices.below(3)),
      }),
      ...directives(choices, isPatch, 'supplementalGroups', () => choices.below(3)),
    }),
    hostAliases: listOf((choices) => ({
      ip: choices.pick(['1.1.1.1', '2.2.2.2']),
      hostnames: choices.some(2, () => choices.pick(NAMES)),
    })),
    imagePullSecrets: listOf((choices) => ({ name: choices.pick(NAMES) })),
    topologySpreadConstraints: listOf((choices) => ({
      topologyKey: choices.pick(NAMES),
      maxSkew: choices.below(3),
    })),
    restartPolicy: (choices) => choices.pick(['Always', 'Never']),
    priority: (choices) => choices.pick([1, 2, 1.5]),
  };
  return {
    ...chosen(random, fields, isPatch, 4),
    ...(isPatch ? elementOrder(random, 'containers') : {}),
    ...(isPatch && random.chance(0.05) ? { $patch: random.pick(['replace', 'delete', 'merge']) } : {}),
    ...(isPatch && random.chance(0.08)
      ? { $retainKeys: Object.keys(fields).filter(() => random.chance(0.85)) }
      : {}),
  };
}

function container(random: Random, isPatch: boolean): unknown {
  return {
    ...(random.chance(0.97) ? { name: random.pick(NAMES) } : {}),
    ...chosen(
      random,
      {
        image: (choices) => choices.pick(['i', 'j']),
        command: (choices) => choices.some(3, () => choices.pick(NAMES)),
        env: listOf((choices) => ({ name: choices.pick(NAMES), value: choices.pick(['1', '2']) })),
        ports: listOf((choices) => ({ containerPort: 80 + choices.below(3), name: choices.pick(NAMES) })),
        volumeMounts: listOf((choices) => ({
          mountPath: choices.pick(['/a', '/b']),
          name: choices.pick(NAMES),
        })),
        resources: (choices) => ({ limits: labels(choices, isPatch) }),
      },
      isPatch,
      3,
    ),
    ...(isPatch ? elementOrder(random, 'env') : {}),
    ...(isPatch && random.chance(0.12)
      ? { $patch: random.pick(['delete', 'delete', 'replace', 'merge']) }
      : {}),
  };
}

function volume(random: Random, isPatch: boolean): unknown {
  const source = random.pick(['emptyDir', 'hostPath', 'configMap']);
  const content = random.pick([{}, { path: '/x' }, { name: 'n' }, null]);
  return {
    name: random.pick(NAMES),
    [source]: isPatch ? content : (content ?? {}),
    ...(isPatch && random.chance(0.3)
      ? { $retainKeys: random.chance(0.8) ? ['name', source] : ['name'] }
      : {}),
    ...(isPatch && random.chance(0.08) ? { $patch: random.pick(['delete', 'replace']) } : {}),
  };
}

function labels(random: Random, isPatch: boolean): unknown {
  const entries = random.some(3, () => [
    random.pick(NAMES),
    isPatch && random.chance(0.3) ? null : random.pick(['x', 'y']),
  ]);
  return {
    ...Object.fromEntries(entries),
    ...(isPatch && random.chance(0.1) ? { $patch: random.pick(['replace', 'delete', 'merge']) } : {}),
  };
}

function elementOrder(random: Random, field: string): Record<string, unknown> {
  if (!random.chance(0.2)) return {};
  return { [`$setElementOrder/${field}`]: NAMES.filter(() => random.chance(0.8)).map((name) => ({ name })) };
}

function directives(
  random: Random,
  isPatch: boolean,
  field: string,
  item: () => unknown,
): Record<string, unknown> {
  return isPatch && random.chance(0.15)
    ? { [`$deleteFromPrimitiveList/${field}`]: random.some(2, item) }
    : {};
}

/** Originals hold each item once, as Kubernetes does; patches hold what they like. */
function listOf(make: Maker): Maker {
  return (random, isPatch) => {
    const items = random.some(4, () => make(random, isPatch));
    if (isPatch) return items;
    const key = (item: unknown) => JSON.stringify(Object.values(item ?? {})[0]);
    return items.filter((item, index) => items.findIndex((other) => key(other) === key(item)) === index);
  };
}

function some(random: Random, fields: Record<string, () => unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, make]) => (random.chance(0.5) ? [[key, make()]] : [])),
  );
}

function chosen(
  random: Random,
  fields: Record<string, Maker>,
  isPatch: boolean,
  most: number,
): Record<string, unknown> {
  const names = random.some(most, () => random.pick(Object.keys(fields)));
  return Object.fromEntries(
    names.map((name) => [name, isPatch && random.chance(0.06) ? null : fields[name]?.(random, isPatch)]),
  );
}
