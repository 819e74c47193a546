import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { System } from './operator-lives.ts';

/** A change of one place in a source file. */
export interface SourceChange {
  /** From the root of the project. */
  file: string;
  find: RegExp;
  replace: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRY = fileURLToPath(new URL('system-under-test.ts', import.meta.url));

/**
 * The whole of what the suite runs, bundled anew with changes in its sources.
 * @throws {Error} when a place is not in its file any more: then the defect has to be planted elsewhere
 */
export async function systemWithDefect(changes: readonly SourceChange[]): Promise<System> {
  const used = new Set<SourceChange>();
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    packages: 'external',
    plugins: [changing(changes, used)],
  });
  const missing = changes.find((change) => !used.has(change));
  if (missing) throw new Error(`${missing.file} has no place like ${String(missing.find)}`);
  const text = outputFiles[0]?.text ?? '';
  // Beside the packages that it imports.
  const folder = `${ROOT}node_modules/.cache/crash/`;
  const file = `${folder}${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`;
  await mkdir(folder, { recursive: true });
  await writeFile(file, text);
  return (await import(pathToFileURL(file).href)) as System;
}

function changing(changes: readonly SourceChange[], used: Set<SourceChange>): Plugin {
  return {
    name: 'defect',
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const own = changes.filter(({ file }) => path === ROOT + file);
        if (own.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const change of own) {
          const next = contents.replace(change.find, change.replace);
          if (next !== contents) used.add(change);
          contents = next;
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
