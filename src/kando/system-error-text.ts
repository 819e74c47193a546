import { getSystemErrorMessage } from 'node:util';

/** What the operating system says, without Node's additions: `no such file or directory`. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EISDIR') return 'is a directory'; // libuv's own words differ
  const errno: unknown = 'errno' in error ? error.errno : undefined;
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : error.message;
}
