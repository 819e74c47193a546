/**
 * The name that was probably meant: the nearest by edit distance (insertion, deletion, replacement, exchange of
 * neighbours; case does not count), when it is near enough to be a slip of the keyboard.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  // Of a name that long none is a slip of another, and comparing it would take long.
  if (name.length > longest) return undefined;
  const allowed = Math.max(1, Math.floor(name.length / 3));
  let nearest: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed && distance < (nearest?.distance ?? Infinity))
      nearest = { name: candidate, distance };
  }
  return nearest?.name;
}

const longest = 200;

/** Optimal string alignment. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

const at = (distances: number[], index: number): number => distances[index] ?? Infinity;
