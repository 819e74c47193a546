import { isDeepStrictEqual } from 'node:util';
import type { Answer, Neighbour } from './neighbour.ts';

/** The Go program's answer: several where a library goes through maps in Go's random order. */
export type GoAnswer = Answer | { anyOf: Answer[] };

export interface Difference {
  input: unknown;
  go: GoAnswer;
  ours: Answer;
}

/** Absent when our answer is one of the Go program's. */
export function differenceIn(neighbour: Neighbour, input: unknown, go: GoAnswer): Difference | undefined {
  const ours = neighbour.answer(input);
  const possible = Array.isArray(go['anyOf']) ? (go['anyOf'] as Answer[]) : [go as Answer];
  if (neighbour.differs?.(input, ours) === true) return undefined;
  const isRandom = possible.length > 1 || neighbour.isUnordered?.(input) === true;
  const isSame = possible.some((answer) =>
    isDeepStrictEqual(reduced(answer, neighbour, isRandom), reduced(ours, neighbour, isRandom)),
  );
  return isSame ? undefined : { input, go, ours };
}

/** A panic of Go's is an error to us. Of a random order only some were seen: then the same characters are enough. */
function reduced(answer: Answer, { sameText }: Neighbour, isRandom: boolean): Answer {
  const { panic, error, parseError, output, ...rest } = wellFormed(answer);
  const fault = error ?? panic;
  if (typeof parseError === 'string') return { parseError: sameText(parseError) };
  // The order decides which of several values is the first to be wrong.
  if (typeof fault === 'string') return { error: isRandom ? '' : sameText(fault) };
  if (typeof output !== 'string') return rest;
  return { output: isRandom ? Array.from(output).toSorted().join('') : output };
}

/** Bytes that are no UTF-8 don't pass through the Go program's JSON. */
function wellFormed(answer: Answer): Record<string, unknown> {
  return JSON.parse(JSON.stringify(answer), (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
