import type { Random } from '../random.ts';

/** Objects of the kinds that templates and paths look at, and values of every type within. */
export function someObject(random: Random, depth = 3): Record<string, unknown> {
  const keys = random.chance(0.5) ? KEYS : KEYS.slice(0, 5);
  return Object.fromEntries(random.some(3, () => [random.pick(keys), someValue(random, depth - 1)]));
}

export const KEYS = [
  'a',
  'b',
  'name',
  'items',
  'status',
  'type',
  'x-y',
  'app.kubernetes.io/name',
  'é',
  'a b',
  'length',
];

export function someValue(random: Random, depth: number): unknown {
  if (depth > 0 && random.chance(0.5)) {
    return random.chance(0.5)
      ? someObject(random, depth)
      : random.some(4, () => someValue(random, depth - 1));
  }
  return random.pick(SCALARS);
}

const SCALARS = [
  '',
  'a',
  'b',
  'x<y>&z',
  'Ready',
  'é',
  'two words',
  '"quoted"',
  'true',
  '1',
  'line\nline',
  0,
  1,
  2,
  -1,
  10,
  1e8,
  2 ** 53 - 1,
  1.5,
  -0.25,
  1e21,
  1e-7,
  0.1,
  true,
  false,
  null,
];

/** A list of workloads, as `kubectl get` returns it. */
export const POD_LIST = {
  kind: 'List',
  apiVersion: 'v1',
  metadata: { resourceVersion: '12', labels: { 'app.kubernetes.io/name': 'db' } },
  items: [
    {
      kind: 'Pod',
      metadata: { name: 'db-0', labels: { app: 'db', tier: 'data' }, generation: 3 },
      spec: {
        containers: [
          { name: 'main', ports: [{ containerPort: 5432 }, { containerPort: 8080 }] },
          { name: 'side' },
        ],
      },
      status: {
        phase: 'Running',
        ready: true,
        load: 0.5,
        conditions: [
          { type: 'Ready', status: 'True', observed: 3 },
          { type: 'Initialized', status: 'False', observed: 2 },
        ],
      },
    },
    {
      kind: 'Pod',
      metadata: { name: 'db-1', labels: { app: 'db' }, generation: 1 },
      spec: { containers: [{ name: 'main' }] },
      status: { phase: 'Pending', ready: false, load: 2, conditions: [], reason: null },
    },
  ],
  numbers: [1, 2, 3, 4, 5],
  words: ['x', 'y', 'z'],
  big: 900719925474099,
  empty: [],
  nothing: null,
};
