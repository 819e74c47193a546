import { expect, it } from 'vitest';
import { createLastLines } from './last-lines.ts';
import { createTextLines } from './text-lines.ts';

it('the last ten lines that are not blank are kept, trimmed', () => {
  const last = createLastLines();
  const lines = createTextLines(last.add);
  lines.write(Buffer.from(Array.from({ length: 15 }, (_, index) => ` line ${index + 1} \r\n \n`).join('')));
  expect(last.lines).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((number) => `line ${number}`));
});

it('a last line without line end counts, and a character may be cut between two chunks', () => {
  const last = createLastLines();
  const lines = createTextLines(last.add);
  const text = Buffer.from('grün');
  lines.write(text.subarray(0, 3));
  lines.write(text.subarray(3));
  expect(last.lines).toEqual([]);
  lines.end();
  expect(last.lines).toEqual(['grün']);
});

it('a line without end is handed on in pieces, and cut in the tail', () => {
  const pieces: string[] = [];
  const lines = createTextLines((line) => pieces.push(line));
  for (let i = 0; i < 300; i++) lines.write(Buffer.alloc(1024, 'x'));
  expect(pieces.length).toBeGreaterThan(3);
  lines.end();
  expect(pieces.join('')).toHaveLength(300 * 1024);
  const last = createLastLines();
  pieces.forEach(last.add);
  expect(Math.max(...last.lines.map((line) => line.length))).toBeLessThan(2_000);
});
