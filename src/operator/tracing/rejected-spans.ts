import type { TraceSettings } from './trace-settings.ts';

/**
 * How many spans a collector that accepted a request would not have, by the ExportTracePartialSuccess in its answer. An answer that can't be
 * read rejects nothing: it was a good one.
 */
export function rejectedSpans(answer: Buffer, protocol: TraceSettings['protocol']): number {
  try {
    return protocol === 'http/json' ? inJson(answer) : inProtobuf(answer);
  } catch {
    // Some collectors answer in words.
    return 0;
  }
}

function inJson(answer: Buffer): number {
  const response = JSON.parse(answer.toString()) as {
    partialSuccess?: { rejectedSpans?: string | number };
  } | null;
  const count = Number(response?.partialSuccess?.rejectedSpans ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** Field 1 of the answer is the partial success, and field 1 of that the count. */
function inProtobuf(answer: Buffer): number {
  const partialSuccess = fieldOne(answer);
  const count = typeof partialSuccess === 'object' ? fieldOne(partialSuccess) : undefined;
  return typeof count === 'number' ? count : 0;
}

/** A number, or the bytes of a message or text. */
function fieldOne(message: Buffer): number | Buffer | undefined {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let place = 1; ; place *= 128) {
      const byte = message[at];
      if (byte === undefined) throw new Error('cut off');
      at += 1;
      value += (byte & 0x7f) * place;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType !== 0 && wireType !== 2) throw new Error('no field of these messages');
    const value = varint();
    const content = wireType === 0 ? value : message.subarray(at, at + value);
    if (wireType === 2) at += value;
    if (Math.floor(tag / 8) === 1) return content;
  }
  return undefined;
}
