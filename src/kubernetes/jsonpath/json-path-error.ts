/** A JSONPath template that can't be parsed or does not fit the object; the message is the text of Kubernetes' own library. */
export class JsonPathError extends Error {
  override name = 'JsonPathError';
  readonly kind: 'parse' | 'execute';

  constructor(kind: 'parse' | 'execute', message: string) {
    super(message);
    this.kind = kind;
  }
}
