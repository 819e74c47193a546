/** Of everything in a state folder. A later version that writes otherwise counts on, and reads what this one wrote. */
export const FORMAT = 1;

/** @throws {Error} in one sentence, where a later version of this program wrote the file. */
export function refuseOtherFormat(file: string, format: unknown): void {
  if (format === FORMAT) return;
  throw new Error(
    `${file} is of format ${JSON.stringify(format)}, and this version knows format ${FORMAT} only: use the version that wrote it, or begin with an empty cluster (--reset)`,
  );
}
