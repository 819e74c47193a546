import type { Random } from './random.ts';

/** One of the formats around Go templates: its cases, and what we say to them. */
export interface Neighbour<Input = unknown> {
  /** As the Go program knows it. */
  name: string;
  /** Cases that were thought of. */
  fixed: readonly Input[];
  /** Any other case. */
  generate(random: Random): Input;
  /** Our answer, in the form of the Go program's. */
  answer(input: Input): Answer;
  /** What is the same in the texts of a refusal on both sides; '' when only that there is one. */
  sameText(text: string): string;
  /** There is nothing that it takes no answer for. */
  neverRefuses?: boolean;
  /** Whether Go's answer has a random order here, even where it was the same each time that it was asked. */
  isUnordered?(input: Input): boolean;
  /** Whether we differ on purpose here; docs/compatibility.md says why. */
  differs?(input: Input, ours: Answer): boolean;
}

export type Answer = Readonly<Record<string, unknown>>;

/** Checks the types within a neighbour, and lets all of them be in one list. */
export function defineNeighbour<Input>(neighbour: Neighbour<Input>): Neighbour {
  // Cases come back from golden files as what `fixed` and `generate` gave.
  return {
    ...neighbour,
    answer: (input) => neighbour.answer(input as Input),
    isUnordered: (input) => neighbour.isUnordered?.(input as Input) === true,
    differs: (input, ours) => neighbour.differs?.(input as Input, ours) === true,
  };
}
