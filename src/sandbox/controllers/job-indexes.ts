import type { Pod } from './kinds.ts';

export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

/** The index that a pod of an Indexed Job works on. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata?.annotations?.[INDEX_ANNOTATION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Reads what {@link formatIndexes} writes. */
export function parseIndexes(text = ''): Set<number> {
  const indexes = new Set<number>();
  for (const part of text.split(',').filter(Boolean)) {
    const [first, last = first] = part.split('-').map(Number);
    for (let index = first ?? 0; index <= (last ?? 0); index += 1) indexes.add(index);
  }
  return indexes;
}

/** `0,2-4,7`: sorted, with two neighbours or more as a range. */
export function formatIndexes(indexes: Set<number>): string {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges
    .map(([first, last]) =>
      first === last ? String(first) : last === first + 1 ? `${first},${last}` : `${first}-${last}`,
    )
    .join(',');
}
