/** The flags, width and precision of one verb of a format. */
export interface Flags {
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
  /** `%+v`: names of fields. */
  plusV?: boolean;
  /** `%#v`: Go syntax. */
  sharpV?: boolean;
  /** Inside `%!d(...)`: String methods are not called. */
  erroring?: boolean;
}

export const defaultFlags: Flags = Object.freeze({
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
});

/** The same without zero padding, for what has done it itself or must not have it. */
export function zeroless(flags: Flags): Flags {
  return flags.zero ? { ...flags, zero: false } : flags;
}

/** Pads to the width, counted in characters; zeros go to the left only. */
export function padded(text: string, flags: Flags): string {
  if (flags.width === undefined) return text;
  const missing = flags.width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  return (flags.zero ? '0' : ' ').repeat(missing) + text;
}
