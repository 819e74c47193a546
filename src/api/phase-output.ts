/**
 * The line by which a container hands a value to its phase: the marker, a space, and `{"key":…,"value":…}`.
 * Source of the format: Kanister's `kando output` and its reader.
 */
import type { Json } from '../kubernetes/objects.ts';
import { GoJsonError, goJsonKind, marshalGoString, parseGoJson } from './go-json.ts';

export const PHASE_OUTPUT_MARKER = '###Phase-output###:';

/** A key that can't be one, or a marker with something else than a key and a value behind it. */
export class PhaseOutputError extends Error {
  override name = 'PhaseOutputError';
  /** What stands behind the marker, where that is what can't be read. */
  readonly content: string | undefined;

  constructor(message: string, { content, cause }: { content?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.content = content;
  }
}

/** More than could be stored anywhere. */
export class PhaseOutputTooLarge extends PhaseOutputError {
  override name = 'PhaseOutputTooLarge';
}

/** @throws {PhaseOutputError} when the key is empty or has other characters than ASCII letters, digits and `_`. */
export function checkPhaseOutputKey(key: string): void {
  if (key === '') throw new PhaseOutputError('Key should not be empty');
  if (!/^[a-zA-Z0-9_]*$/.test(key)) {
    throw new PhaseOutputError('Key should contain only alphanumeric characters and underscore');
  }
}

/** The line for one output, without its line end. Go's JSON escaping. @throws {PhaseOutputError} for a bad key. */
export function formatPhaseOutput(key: string, value: string): string {
  checkPhaseOutputKey(key);
  return `${PHASE_OUTPUT_MARKER} {"key":${marshalGoString(key)},"value":${marshalGoString(value)}}`;
}

export interface PhaseOutputHandlers {
  /**
   * Ordinary text: a line without its end, or what stands before a marker; empty lines are left out. A line longer than
   * 64 Ki characters comes in pieces.
   */
  text?(text: string): void;
  /** One output, as soon as its line has ended. */
  output?(key: string, value: string): void;
}

export interface PhaseOutputParser {
  /** Takes the next piece of a log: any split of lines and of UTF-8 sequences. @throws {PhaseOutputError} */
  write(chunk: Uint8Array | string): void;
  /** Takes the last line, which needs no line end. @throws {PhaseOutputError} */
  end(): void;
  /** What was read so far: later values of a key replace earlier ones; absent while no output was seen. */
  readonly outputs: Record<string, string> | undefined;
}

/** Characters of all outputs together: an API server refuses objects over 1.5 MiB. */
const MAX_OUTPUTS = 8 * 1024 * 1024;
const MAX_TEXT_PIECE = 64 * 1024;

/** Finds phase outputs in a log of any size, in memory of twice what they may have, and 64 Ki characters of text at most. */
export function createPhaseOutputParser(handlers: PhaseOutputHandlers = {}): PhaseOutputParser {
  const decoder = new TextDecoder();
  let outputs: Map<string, string> | undefined;
  let pending = ''; // the start of the current line, as far as it was not handed on
  let content: string[] | undefined; // pieces behind the marker of the current line
  let contentLength = 0;
  let outputsLength = 0;

  const emitText = (text: string) => {
    if (text !== '') handlers.text?.(text);
  };

  /** `piece` continues the current line and has no line end. */
  const extendLine = (piece: string) => {
    if (content !== undefined) return extendContent(piece);
    pending += piece;
    const marker = pending.indexOf(PHASE_OUTPUT_MARKER);
    if (marker >= 0) {
      const behind = pending.slice(marker + PHASE_OUTPUT_MARKER.length);
      emitText(pending.slice(0, marker));
      pending = '';
      content = [];
      contentLength = 0;
      extendContent(behind);
    } else if (pending.length > MAX_TEXT_PIECE) {
      // The end may be the start of a marker, or a CR that belongs to the line end.
      const keep = PHASE_OUTPUT_MARKER.length;
      emitText(pending.slice(0, -keep));
      pending = pending.slice(-keep);
    }
  };

  const extendContent = (piece: string) => {
    contentLength += piece.length;
    if (contentLength > MAX_OUTPUTS) throw tooLarge('a phase output is');
    content?.push(piece);
  };

  const endLine = () => {
    if (content === undefined) {
      emitText(pending.endsWith('\r') ? pending.slice(0, -1) : pending);
      pending = '';
      return;
    }
    const json = content.join('').trim();
    content = undefined;
    if (json === '') return;
    const { key, value } = readOutput(json);
    outputs ??= new Map();
    outputsLength += value.length - (outputs.get(key)?.length ?? -key.length);
    if (outputsLength > MAX_OUTPUTS) throw tooLarge('the phase outputs are');
    outputs.set(key, value);
    handlers.output?.(key, value);
  };

  const take = (text: string) => {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      extendLine(text.slice(start, end));
      endLine();
      start = end + 1;
    }
    if (start < text.length) extendLine(text.slice(start));
  };

  return {
    write: (chunk) => take(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })),
    end() {
      take(decoder.decode());
      if (pending !== '' || content !== undefined) endLine();
    },
    get outputs() {
      return outputs && Object.fromEntries(outputs);
    },
  };
}

function tooLarge(what: string): PhaseOutputTooLarge {
  return new PhaseOutputTooLarge(
    `${what} longer than ${MAX_OUTPUTS} characters: store data in an object store and output its path`,
  );
}

/** Go's decoding into a struct of two strings: keys in any case, `null` and absence are the empty string. */
function readOutput(json: string): { key: string; value: string } {
  try {
    const parsed = parseGoJson(json);
    const output = { key: '', value: '' };
    if (parsed === null) return output;
    if (typeof parsed !== 'object' || Array.isArray(parsed)) {
      throw new GoJsonError(
        `json: cannot unmarshal ${goJsonKind(parsed)} into Go value of type output.Output`,
      );
    }
    for (const [name, value] of Object.entries(parsed)) {
      const field = name.toLowerCase();
      if (field === 'key' || field === 'value') output[field] = readField(field, value) ?? output[field];
    }
    return output;
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    const message = `Failed to unmarshal key-value pair: ${error.message}`;
    throw new PhaseOutputError(message, { content: json, cause: error });
  }
}

function readField(field: string, value: Json): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new GoJsonError(
    `json: cannot unmarshal ${goJsonKind(value)} into Go struct field Output.${field} of type string`,
  );
}
