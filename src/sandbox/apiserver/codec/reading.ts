/** Where a decoder is, and what it has found against the document so far. */
export interface Reading {
  /** The first value of a wrong type; decoding goes on after it, as Go's does. */
  fault: string | undefined;
  /** Paths of fields that no type knows, in the order of the document. */
  unknown: string[];
  enterField(structName: string, field: string): void;
  leaveField(): void;
  enterKey(key: string): void;
  enterItem(index: number): void;
  leave(): void;
  unknownField(name: string): void;
  /** `Go struct field PodSpec.spec.containers`, or `Go value` outside of any struct. */
  target(): string;
}

/** What a type that decodes itself refuses: it ends the decoding at once. */
export class InvalidGoValue extends Error {}

export function startReading(): Reading {
  const structs: string[] = [];
  const fields: string[] = [];
  const path: string[] = [];
  const pathTo = (name: string) => (path.length === 0 ? name : `.${name}`);
  return {
    fault: undefined,
    unknown: [],
    enterField(structName, field) {
      structs.push(structName);
      fields.push(field);
      path.push(pathTo(field));
    },
    leaveField() {
      structs.pop();
      fields.pop();
      path.pop();
    },
    enterKey: (key) => path.push(pathTo(key)),
    enterItem: (index) => path.push(`[${index}]`),
    leave: () => path.pop(),
    unknownField(name) {
      this.unknown.push(path.join('') + pathTo(name));
    },
    target: () =>
      structs.length === 0 ? 'Go value' : `Go struct field ${structs.at(-1) ?? ''}.${fields.join('.')}`,
  };
}

/** Notes that a value is not of the type that Go prints as `printed`. */
export function typeFault(reading: Reading, value: unknown, printed: string): undefined {
  reading.fault ??= typeFaultText(reading, jsonTypeOf(value), printed);
}

export const typeFaultText = (reading: Reading, found: string, printed: string): string =>
  `json: cannot unmarshal ${found} into ${reading.target()} of type ${printed}`;

/** The name that Go's errors have for a JSON value. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'object':
      return value === null ? 'null' : 'object';
    default:
      return typeof value;
  }
}
