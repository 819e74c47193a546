import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * A file of records, one a line: the CRC-32 of a JSON text in eight hexadecimal digits, a space, the text. JSON has no line
 * breaks of its own, so a line that does not check was not written to its end, or was changed later.
 */
export interface RecordFile {
  /** The JSON of the intact records, in order. */
  records: string[];
  /** Bytes from the file's start to the end of its last intact record. */
  intact: number;
  /** Bytes after that: the beginning of a record whose writing was interrupted. */
  torn: number;
}

const CHECKSUM_DIGITS = 8;
const LINE_FEED = 0x0a;

/** @param json without line breaks, as `JSON.stringify` writes it */
export function encodeRecord(json: string): string {
  return `${checksumOf(json)} ${json}\n`;
}

/**
 * Reads a whole file.
 * @throws {Error} in one sentence that names the file, when a record in its middle is damaged.
 */
export function readRecordFile(file: string): RecordFile {
  const content = readFileSync(file);
  const records: string[] = [];
  let intact = 0;
  for (let start = 0, end; (end = content.indexOf(LINE_FEED, start)) !== -1; start = end + 1) {
    const line = content.toString('utf8', start, end);
    const json = decodeRecord(line);
    // A machine that lost its power may leave zeros where it had not written yet; whole lines are otherwise never half written.
    if (json === undefined && line.includes('\0')) continue;
    // Writing stops at an interruption, so what was written later proves that this is none.
    if (json === undefined || intact !== start) throw new DamagedState(file, `at byte ${intact}`);
    records.push(json);
    intact = end + 1;
  }
  return { records, intact, torn: content.length - intact };
}

/** What a sandbox kept can't be read as it was written. */
export class DamagedState extends Error {
  constructor(file: string, where: string) {
    super(
      `the sandbox's state is damaged in ${file} ${where}: restore that file, or begin with an empty cluster (--reset)`,
    );
  }
}

function decodeRecord(line: string): string | undefined {
  const json = line.slice(CHECKSUM_DIGITS + 1);
  return line[CHECKSUM_DIGITS] === ' ' && line.startsWith(checksumOf(json)) ? json : undefined;
}

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');
