/** Consecutive characters of a canary that may not be seen. */
const PIECE = 12;

/**
 * Looks for canaries in texts: as they are, in base64, in hexadecimal digits and URL-encoded, quoted or not, and over line breaks. It reads the
 * texts in ways of its own, so that it does not miss what the masks miss.
 * @param markers what all canaries have in common
 * @returns what was found, with the text around it
 */
export function findLeaks(markers: string[], text: string): string[] {
  const readings = [text, unwrapped(text), unescaped(text), unwrapped(unescaped(text)), percentDecoded(text)];
  return markers.flatMap((marker) => {
    const needles = [...piecesOf(marker), unwrapped(marker), hex(marker), ...base64(marker)];
    return readings.flatMap((reading) => needles.flatMap((needle) => around(reading, needle)));
  });
}

function piecesOf(marker: string): string[] {
  return Array.from({ length: marker.length - PIECE + 1 }, (_, at) => marker.slice(at, at + PIECE));
}

function base64(marker: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('?'.repeat(offset) + marker).toString('base64');
    const inside = encoded.slice(offset + 1, offset + 1 + PIECE);
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function hex(marker: string): string {
  return Buffer.from(marker)
    .toString('hex')
    .slice(0, 2 * PIECE);
}

function unwrapped(text: string): string {
  return text.replaceAll(/\\+[nrt]?|\s/g, '');
}

function unescaped(text: string): string {
  return text
    .replaceAll(/\\+u([0-9a-fA-F]{4})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    .replaceAll(/\\+(["\\<>&])/g, '$1')
    .replaceAll(/\\+/g, '\\');
}

function percentDecoded(text: string): string {
  return text.replaceAll('+', ' ').replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (encoded) => {
    return Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8');
  });
}

function around(text: string, needle: string): string[] {
  const at = text.indexOf(needle);
  return at < 0 ? [] : [`${needle} in …${text.slice(Math.max(0, at - 120), at + needle.length + 60)}…`];
}
