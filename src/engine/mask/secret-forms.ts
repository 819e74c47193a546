import { unquotedForms } from './text-reading.ts';

/** Characters of the shortest text that is looked for by its beginning. */
export const SHORTEST_FORM = 8;

/**
 * The texts in which a value may stand in a text, beside those that readings of it bring back: the value, its base64 and its
 * hexadecimal digits.
 */
export function secretForms(value: string): Set<string> {
  const plain = value.trim();
  const unquoted = unquotedForms(plain);
  const isFound = unquoted.every((form) => form.length >= SHORTEST_FORM);
  return new Set([
    plain,
    ...unquoted.filter((form) => form.length >= SHORTEST_FORM),
    ...(isFound ? [] : exactForms(plain)),
    ...(plain.length > LONGEST_QUOTED ? [plain] : quotedForms(plain)).flatMap(base64Forms),
    ...(plain.length >= SHORTEST_FORM ? hexForms(plain) : []),
  ]);
}

/** Characters: of a larger value the base64 of its quoted form is not looked for, which would be many times its size. */
const LONGEST_QUOTED = 64 * 1024;

/** What is too short to be found without its blanks and backslashes is looked for as it is quoted and encoded most. */
function exactForms(value: string): string[] {
  const quoted = quotedForms(value).flatMap((form) => [form, inJson(form)]);
  const encoded = encodeURIComponent(value.toWellFormed());
  return [...quoted, encoded, encoded.replaceAll(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())];
}

/** As JSON has it, and Go's JSON, which escapes what HTML could take for its own. */
function quotedForms(value: string): string[] {
  const json = inJson(value);
  const escaped = json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
  return [...new Set([value, json, escaped])];
}

function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/**
 * The value in base64, alone and inside of a longer text such as `user:password`, where it may begin at any bit of a character: what
 * of it does not depend on its neighbours. Each in the alphabet of URLs, too.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const forms = inside.filter((encoded) => encoded.length >= SHORTEST_FORM);
  const alone = bytes.toString('base64');
  if (forms.length === 0) forms.push(alone, alone.replace(/=+$/, ''));
  return forms.flatMap((form) => {
    // In a decoded URL, `+` is a blank, and goes as such.
    const withoutPlus = form.replaceAll('+', '');
    const inUrl = form.replaceAll('+', '-').replaceAll('/', '_');
    return withoutPlus.length < SHORTEST_FORM ? [form, inUrl] : [form, inUrl, withoutPlus];
  });
}

function hexForms(value: string): string[] {
  const hex = Buffer.from(value).toString('hex');
  return [hex, hex.toUpperCase()];
}
