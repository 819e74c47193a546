import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** A folder imports from itself and from those before it. */
const ORDER = [
  'gotemplate',
  'kubernetes',
  'api',
  'objectstore',
  'datamover',
  'cloud',
  'engine',
  'pods',
  'objects',
  'functions',
  'controllers',
  'operator',
];
/** Programs at the end: none imports another. */
const ENDS = ['kanctl', 'kando', 'sandbox'];
/** What the ends may not use although it comes before them. */
const FORBIDDEN: Record<string, string[]> = {
  kando: ['engine', 'pods', 'objects', 'functions', 'controllers', 'operator'],
  sandbox: ['engine', 'pods', 'objects', 'functions', 'controllers', 'operator'],
};
/** kanctl's sandbox commands, and only by an import that runs when the command does. */
const LAZY_EXCEPTION = { file: /^kanctl\/sandbox[^/]*\.ts$/, folder: 'sandbox' };

interface Import {
  file: string;
  line: number;
  target: string;
  dynamic: boolean;
}

describe('imports', () => {
  const imports = filesBelow(source)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap(importsOf);

  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('go downward only', () => {
    expect(imports.map(violation).filter((text) => text !== undefined)).toEqual([]);
  });

  it('do not go sideways between functions', () => {
    const sideways = imports.filter(
      ({ file, target }) =>
        folderOf(file) === 'functions' && folderOf(target) === 'functions' && !file.endsWith('/index.ts'),
    );
    expect(sideways.map(({ file, line, target }) => `${file}:${line} imports ${target}`)).toEqual([]);
  });

  it('keep gotemplate free of everything of ours', () => {
    const outward = imports.filter(
      ({ file, target }) => folderOf(file) === 'gotemplate' && folderOf(target) !== 'gotemplate',
    );
    expect(outward).toEqual([]);
  });
});

function violation({ file, line, target, dynamic }: Import): string | undefined {
  const from = folderOf(file);
  const to = folderOf(target);
  // What lies outside of src has no layer: the package's manifest.
  if (from === to || target.startsWith('..')) return undefined;
  if (LAZY_EXCEPTION.file.test(file) && to === LAZY_EXCEPTION.folder && dynamic) return undefined;
  const allowed = ENDS.includes(from)
    ? ORDER.includes(to) && !FORBIDDEN[from]?.includes(to)
    : ORDER.includes(from) && ORDER.includes(to) && ORDER.indexOf(to) < ORDER.indexOf(from);
  return allowed ? undefined : `${file}:${line} imports ${target}`;
}

function importsOf(path: string): Import[] {
  const file = relative(source, path);
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, index): Import[] => {
      const found = /(?:from|import)\s*(\()?\s*'(\.[^']*)'/.exec(text);
      const specifier = found?.[2];
      if (specifier === undefined) return [];
      const target = relative(source, resolve(dirname(path), specifier));
      return [{ file, line: index + 1, target, dynamic: found?.[1] === '(' }];
    });
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
