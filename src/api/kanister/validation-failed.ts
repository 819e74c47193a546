/**
 * One thing that is wrong with an object of ours. `message` ends in `: Validation Failed`, by which the original's
 * validation errors are recognised; `field` is its path in the object, `hint` one sentence on what to do.
 */
export class ValidationFailed extends Error {
  readonly field: string;
  readonly hint: string;

  constructor(message: string, field: string, hint: string) {
    super(`${message}: Validation Failed`);
    this.name = 'ValidationFailed';
    this.field = field;
    this.hint = hint;
  }
}
