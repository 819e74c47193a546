/** A text whose `${…}` can't be read, or a variable without a value. Holds no value. */
export class InvalidSubstitution extends Error {
  override name = 'InvalidSubstitution';
  /** What is wrong, in the words of Go's library. */
  readonly reason: string;
  /** Where in the text, counted in characters from 1. */
  readonly character: number | undefined;

  constructor(reason: string, character?: number) {
    super(character === undefined ? reason : `${reason}, at character ${character} of the text`);
    this.reason = reason;
    this.character = character;
  }
}
