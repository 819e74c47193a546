import { runesOf, toBytes } from './go-string.ts';
import { isPrint } from './unicode.ts';

const html: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** Go's `template.HTMLEscapeString`. */
export function escapeHtml(text: string): string {
  // eslint-disable-next-line no-control-regex -- NUL is one of the characters that Go replaces.
  return text.replace(/[\0"'&<>]/g, (char) => html[char] ?? char);
}

const js: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Go's `template.JSEscapeString`. */
export function escapeJs(text: string): string {
  let result = '';
  for (const { code, text: char, valid } of runesOf(toBytes(text))) {
    const named = js[char];
    if (named !== undefined) result += named;
    else if (code >= 0x20 && (code < 0x80 || (valid && isPrint(code)))) result += char;
    // An invalid byte decodes as U+FFFD, which is printable: Go copies the byte.
    else if (!valid) result += char;
    else result += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return result;
}

/** Go's `url.QueryEscape`: a space becomes `+`. */
export function escapeQuery(text: string): string {
  let result = '';
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(char)) result += char;
    else result += char === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}
