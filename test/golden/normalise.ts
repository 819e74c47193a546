/** What is another with each run becomes a word. Whole JSON texts, as templates print them, also lose what servers write into objects. */
export function normaliseText(text: string): string {
  const [, before = '', json] = /^([a-z]*=)?(\{.*\})$/s.exec(text) ?? [];
  const parsed = json === undefined ? undefined : parseObject(json);
  return withoutRandomness(parsed === undefined ? text : before + JSON.stringify(parsed));
}

/** All texts in it, normalised; once, since keys that differed may have become the same. */
export function normalise<T>(value: T): T;
export function normalise(value: unknown): unknown {
  if (typeof value === 'string') return normaliseText(value);
  if (Array.isArray(value)) return value.map((item) => normalise(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [normaliseText(key), normalise(item)]),
  );
}

/** A pod as it is sent: without the API server's defaults, which audit logs of requests have in them. */
export function podFacts({ metadata = {}, spec = {}, status: _status, ...pod }: SentPod): object {
  const { generateName, name = `${generateName ?? ''}00000`, creationTimestamp: _none, ...meta } = metadata;
  const { serviceAccount: _duplicate, ...rest } = spec;
  const containers = (of: SentContainer[] = []) =>
    of.map((container) => without(container, CONTAINER_DEFAULTS));
  return normalise({
    ...pod,
    metadata: { ...meta, name },
    spec: {
      ...without(rest, SPEC_DEFAULTS),
      containers: containers(spec.containers),
      ...(spec.initContainers && { initContainers: containers(spec.initContainers) }),
    },
  });
}

export interface SentPod {
  metadata?: { name?: string; generateName?: string; creationTimestamp?: unknown } & Record<string, unknown>;
  spec?: { containers?: SentContainer[]; initContainers?: SentContainer[] } & Record<string, unknown>;
  status?: object;
}

type SentContainer = Record<string, unknown>;

const SPEC_DEFAULTS = {
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
};

const CONTAINER_DEFAULTS = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  // Of images that have a tag, as all of the recordings'.
  imagePullPolicy: 'IfNotPresent',
};

function without(
  fields: Record<string, unknown>,
  defaults: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([key, value]) => JSON.stringify(defaults[key]) !== JSON.stringify(value)),
  );
}

function parseObject(json: string): unknown {
  try {
    return JSON.parse(json, (key, value: unknown) => (SERVERS_OWN.has(key) ? undefined : value));
  } catch {
    // Not JSON after all: a text like any other.
    return undefined;
  }
}

/** Fields of objects that say who wrote what when, or which moment it was. */
const SERVERS_OWN = new Set(['managedFields', 'resourceVersion', 'status']);

const RANDOMNESS: [RegExp, string][] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000 UTC)/g, 'TIME'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'],
  [/\b[0-9a-f]{64}\b/g, 'HEX'],
  [/\b0x[0-9a-f]+\b/g, 'ADDRESS'],
  [/\b(kanister-job|prepare-data-job|restore-as-artifacts-chain)-[a-z0-9]{5,}\b/g, '$1-XXXXX'],
  [/\bvol-(?:UID|[0-9a-f]{10,})\b/g, 'vol-XXXXX'],
  // A pod of a Deployment.
  [/\bweb-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, 'web-XXXXX-XXXXX'],
  [/\r\n/g, '\n'],
];

function withoutRandomness(text: string): string {
  return RANDOMNESS.reduce((changed, [pattern, word]) => changed.replaceAll(pattern, word), text);
}
