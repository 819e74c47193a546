/** How long ago, as kubectl writes it: `45s`, `3m10s`, `5h`, `2d`. */
export function elapsed(since: string, now: Date, unknown = '<unknown>'): string {
  const start = Date.parse(since);
  if (Number.isNaN(start)) return unknown;
  const seconds = Math.floor((now.getTime() - start) / 1000);
  if (seconds < 0) return '0s';
  const pair = (size: number, unit: string, rest: number, restUnit: string) => {
    const remaining = Math.floor((seconds % size) / rest);
    return `${Math.floor(seconds / size)}${unit}${remaining > 0 ? `${remaining}${restUnit}` : ''}`;
  };
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 600) return pair(60, 'm', 1, 's');
  if (seconds < 3 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 8 * 3600) return pair(3600, 'h', 60, 'm');
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  if (seconds < 8 * 86400) return pair(86400, 'd', 3600, 'h');
  if (seconds < 2 * 365 * 86400) return `${Math.floor(seconds / 86400)}d`;
  if (seconds < 8 * 365 * 86400) return pair(365 * 86400, 'y', 86400, 'd');
  return `${Math.floor(seconds / (365 * 86400))}y`;
}
