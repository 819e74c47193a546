/** A time as Kubernetes writes it: UTC, to the second. */
export const timestamp = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
