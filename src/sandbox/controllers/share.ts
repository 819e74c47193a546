/** A number of things, or a percentage of `total` rounded one way or the other. */
export function shareOf(
  value: number | string | undefined,
  total: number,
  round: (share: number) => number,
): number {
  if (typeof value === 'string' && value.endsWith('%'))
    return round((Number(value.slice(0, -1)) * total) / 100);
  return Number(value ?? 0);
}
