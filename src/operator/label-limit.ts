/** What every label value beyond the limit becomes. */
export const OTHER = 'other';

/** Longer values are no names that anybody chose to read in a graph. */
const MAX_LENGTH = 128;

/**
 * Tells `limit` sets of label values apart, those that it met first; a later one becomes {@link OTHER} in all its labels. It forgets none, because
 * a counter that begins anew under another name is worse than a name that is missing.
 */
export function limitLabels<Name extends string>(
  limit: number,
): (labels: Readonly<Record<Name, string>>) => Record<Name, string> {
  const known = new Set<string>();
  return (labels) => {
    const values = Object.values<string>(labels);
    const key = JSON.stringify(values);
    if (known.has(key)) return labels;
    if (known.size >= limit || values.some((value) => value.length > MAX_LENGTH)) return allOther(labels);
    known.add(key);
    return labels;
  };
}

function allOther<Name extends string>(labels: Readonly<Record<Name, string>>): Record<Name, string> {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER])) as Record<Name, string>;
}
