/**
 * The lines of a stream of JSON values, each parsed when its line feed has come. Looks for line feeds in the bytes, so a
 * character that is cut by a chunk's end stays whole.
 * @throws {SyntaxError} for a line that is not JSON; with `cause: 'end'` when the stream ended inside of it.
 */
export async function* jsonLines<T>(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  let pending: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      pending.push(chunk.subarray(start, end));
      const line = Buffer.concat(pending).toString('utf8');
      pending = [];
      start = end + 1;
      if (line.trim() === '') continue;
      const value: T = JSON.parse(line);
      yield value;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  const rest = Buffer.concat(pending).toString('utf8');
  if (rest.trim() === '') return;
  const last: T = parseLast(rest);
  yield last;
}

const LINE_FEED = 0x0a;

function parseLast(text: string): ReturnType<typeof JSON.parse> {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError('the stream ended in the middle of a JSON value', { cause: 'end' });
  }
}
