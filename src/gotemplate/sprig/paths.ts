import { define } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { bool, string } from '../value.ts';

/** Slash-separated paths by the rules of Go's `path`. */
export const pathFunctions: FunctionMap = {
  base: define(['string'], (path) => string(base(path))),
  dir: define(['string'], (path) => string(clean(path.slice(0, path.lastIndexOf('/') + 1)))),
  clean: define(['string'], (path) => string(clean(path))),
  ext: define(['string'], (path) => string(/\.[^./]*$/.exec(path)?.[0] ?? '')),
  isAbs: define(['string'], (path) => bool(path.startsWith('/'))),
};

function base(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

function clean(path: string): string {
  const isRooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!isRooted) kept.push(part);
  }
  const joined = kept.join('/');
  return isRooted ? `/${joined}` : joined || '.';
}
