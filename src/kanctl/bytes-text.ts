const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A size for people: `512 B`, `1.5 KiB`, `40 MiB`; rounded down. */
export function bytesText(bytes: number): string {
  const exponent = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const size = bytes / 1024 ** exponent;
  const shown = exponent > 0 && size < 10 ? (Math.floor(size * 10) / 10).toFixed(1) : Math.floor(size);
  return `${shown} ${UNITS[exponent] ?? ''}`;
}
