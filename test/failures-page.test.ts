import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/**
 * A Failure is made by its class, by `Failure.wrap`, or by a function whose name ends so; its reason is a word, for which one that
 * the API server gave may stand in.
 */
const REASON =
  /(?:new Failure\(\s*|Failure\.wrap\([^;]*?,\s*(?:[\w.]+ \|\| )?|\b(?:f|commandF|podF)ailure\([^;]*?,\s*(?:[\w.]+ \|\| )?)'([A-Z][A-Za-z]+)'/gs;

/** Classes of errors whose names become reasons. */
const NAMED = /^export class (\w+) extends (?:ObjectStoreError|Error)/gm;

const page = readFileSync(new URL('../docs/failures.md', import.meta.url), 'utf8');
const documented = new Set(
  [...page.matchAll(/^\| `(\w+)`(?:,| and | \|)/gm)].map(([, reason = '']) => reason),
);

const sources = globSync('src/{api,engine,pods,objects,functions,controllers,operator}/**/*.ts').filter(
  (path) => !path.endsWith('.test.ts'),
);
const thrown = new Map<string, string>();
for (const path of sources) {
  for (const [, reason = ''] of readFileSync(path, 'utf8').matchAll(REASON)) thrown.set(reason, path);
}
const store = 'src/objectstore/object-store.ts';
for (const [, name = ''] of readFileSync(store, 'utf8').matchAll(NAMED)) thrown.set(name, store);

it('docs/failures.md says of every reason what it means', () => {
  const missing = [...thrown].filter(([reason]) => !documented.has(reason));
  expect(missing, 'add a row to docs/failures.md').toEqual([]);
});

it('docs/failures.md has no reason that is never given', () => {
  const ofTheApiServer = ['NotFound', 'AlreadyExists', 'ApiError', 'Error'];
  const stale = [...documented].filter((reason) => !thrown.has(reason) && !ofTheApiServer.includes(reason));
  expect(stale, 'remove the row from docs/failures.md').toEqual([]);
  expect(thrown.size).toBeGreaterThan(40);
});
