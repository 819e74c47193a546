import type { Step } from './conversation.ts';

export interface NormaliseOptions {
  token: string;
  managedFields: boolean;
}

/**
 * Replaces what differs between any two runs: uids, versions, times, addresses, generated names. Equal things get equal replacements,
 * numbered in the order in which they first appear, so that references between objects are still compared.
 */
export function normalise(steps: Step[], { token, managedFields }: NormaliseOptions): Step[] {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();

  const replacement = (kind: string, value: string): string => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const name = `<${kind} ${number}>`;
    known.set(value, name);
    return name;
  };

  const generatedName = (name: string, prefix: string): string =>
    `${prefix}${replacement('suffix', name.slice(prefix.length))}`;

  const text = (value: string): string => {
    let result = value.replaceAll(token, 'TOKEN');
    for (const [pattern, kind] of PATTERNS) result = result.replaceAll(pattern, () => kind);
    result = result.replaceAll(UID, (uid) => replacement('uid', uid));
    // Names that were generated come back inside other names, labels and messages.
    for (const [original, name] of known) {
      if (/^[a-z0-9]{5,10}$/.test(original)) result = replaceWord(result, original, name);
    }
    return result;
  };

  const fields = (object: Record<string, unknown>): Record<string, unknown> => {
    const metadata = object.metadata as { name?: unknown; generateName?: unknown } | undefined;
    if (typeof metadata?.generateName === 'string' && typeof metadata.name === 'string') {
      // Learnt before the walk, because the name may appear in fields that come first.
      const { name, generateName } = metadata;
      if (name.startsWith(generateName) && name !== generateName) generatedName(name, generateName);
    }
    return Object.fromEntries(
      Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
        if (key === 'managedFields' && !managedFields) return [];
        const field = fieldOf(key, value);
        return field === undefined ? [] : [[text(key), field]];
      }),
    );
  };

  const fieldOf = (key: string, value: unknown): unknown => {
    if (typeof value === 'string') {
      if (value === '') return value;
      if (key === 'resourceVersion' && /^\d+$/.test(value) && value !== '0') {
        return replacement('version', value);
      }
      if (key === 'continue') return '<continue>';
      if (HASH_LABELS.has(key)) return replacement('hash', value);
      const mask = MASKED[key];
      if (mask !== undefined) return mask;
    }
    return walk(value);
  };

  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const object = value as Record<string, unknown>;
    return fields(object.kind === 'Table' ? withoutAges(object) : object);
  };

  return steps.map((step) => ({
    label: text(step.label),
    ...(step.status !== undefined && { status: step.status }),
    ...(step.headers && { headers: fields(step.headers) as Record<string, string> }),
    ...(step.body !== undefined && { body: walk(step.body) }),
  }));
}

const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

const PATTERNS: [RegExp, string][] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b(?!\/\d)/g, '<address>'],
  [/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<suffix>'],
  // Whether a cluster calls itself by its whole name is its administrator's choice.
  [/\bhttps:\/\/kubernetes\.default\.svc(?:\.cluster\.local)?/g, '<issuer>'],
  [/\bcontainerd:\/\/[0-9a-f]{64}\b/g, 'containerd://<id>'],
  [/\bsha256:[0-9a-f]{64}\b/g, 'sha256:<digest>'],
];

/** Go hashes its own memory layout into these; only whether two are equal means anything. */
const HASH_LABELS = new Set(['pod-template-hash', 'controller-revision-hash', 'uncountedHash']);

/** What names the machine, not the behaviour. */
const MASKED: Record<string, string> = {
  nodeName: '<node>',
  hostIP: '<address>',
  'kubernetes.io/hostname': '<node>',
  'volume.kubernetes.io/selected-node': '<node>',
};

const AGES = new Set(['Age', 'Last Seen', 'First Seen', 'Duration', 'Created At', 'Last Schedule']);

/** Tables write ages relative to now; the descriptions of columns are prose. */
function withoutAges(table: Record<string, unknown>): Record<string, unknown> {
  const columns = (table.columnDefinitions ?? []) as { name: string; description?: string }[];
  const rows = (table.rows ?? []) as { cells: unknown[] }[];
  return {
    ...table,
    columnDefinitions: columns.map(({ description: _description, ...column }) => column),
    rows: rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell, index) =>
        AGES.has(columns[index]?.name ?? '') && typeof cell === 'string' ? '<age>' : cell,
      ),
    })),
  };
}

function replaceWord(textValue: string, word: string, by: string): string {
  if (!textValue.includes(word)) return textValue;
  return textValue.replaceAll(new RegExp(`(?<![a-z0-9<])${word}(?![a-z0-9>])`, 'g'), by);
}
