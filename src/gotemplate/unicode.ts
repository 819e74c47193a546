/** Go's `unicode.IsSpace`. */
export function isSpace(char: string): boolean {
  return /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u.test(char);
}

/** Go's `unicode.IsLetter`. */
export function isLetter(char: string): boolean {
  return /^\p{L}$/u.test(char);
}

/** Go's `unicode.IsDigit`: decimal digits only. */
export function isDigit(char: string): boolean {
  return /^\p{Nd}$/u.test(char);
}

/** Go's `unicode.IsUpper`, which follows the general category, not the derived property. */
export function isUpper(char: string): boolean {
  return /^\p{Lu}$/u.test(char);
}

/** Go's `unicode.IsLower`. */
export function isLower(char: string): boolean {
  return /^\p{Ll}$/u.test(char);
}

/** Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols, and the ASCII space. */
export function isPrint(code: number): boolean {
  if (code < 0x7f) return code >= 0x20;
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(code));
}

/** Go maps one character to one character, so a mapping that would lengthen the text is not taken. */
export function toUpper(char: string): string {
  return single(char, char.toUpperCase());
}

/** Go's `unicode.ToLower`. */
export function toLower(char: string): string {
  // U+0130 is the one character whose full lower-case form is longer than its simple one.
  return char === '\u0130' ? 'i' : single(char, char.toLowerCase());
}

/** Go's `unicode.ToTitle`; it differs from upper case for the four Latin digraphs and Georgian. */
export function toTitle(char: string): string {
  const digraph = digraphs.find((forms) => forms.includes(char));
  if (digraph !== undefined) return digraph.charAt(1);
  return /^[\u10d0-\u10fa\u10fd-\u10ff]$/.test(char) ? char : toUpper(char);
}

const digraphs = ['\u01c4\u01c5\u01c6', '\u01c7\u01c8\u01c9', '\u01ca\u01cb\u01cc', '\u01f1\u01f2\u01f3'];

function single(char: string, mapped: string): string {
  return Array.from(mapped).length === 1 ? mapped : char;
}
