import { decodeBase64 } from './encoding.ts';

/** The content of the first PEM block of a text, whatever its label is; undefined when there is none. As Go's `pem.Decode`. */
export function firstPemBlock(text: string): Uint8Array | undefined {
  const block = /^-----BEGIN ([^\n]*?)-----[ \t]*\r?\n([^]*?)^-----END \1-----[ \t]*\r?$/gm;
  for (const [, , body = ''] of text.matchAll(block)) {
    const content = decodeBase64(withoutHeaders(body).replaceAll(/[ \t]/g, ''));
    if (content !== undefined) return content;
  }
  return undefined;
}

/** Lines `Name: value` may stand before the content. */
function withoutHeaders(body: string): string {
  return body.replace(/^(?:[^\n]*:[^\n]*\n)+/, '');
}
