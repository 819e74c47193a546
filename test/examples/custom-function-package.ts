import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A copy of examples/custom-function in `folder`, with what `npm install` would put beside it: this package as it is built, and what its check needs. */
export function installCustomFunction(folder: string): void {
  cpSync(join(ROOT, 'examples/custom-function'), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(join(modules, '@types'));
  symlinkSync(ROOT, join(modules, 'kanister-operator'));
  for (const name of ['typescript', '@types/node']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  symlinkSync(join(ROOT, 'node_modules/typescript/bin/tsc'), join(modules, '.bin/tsc'));
  for (const program of ['kanctl', 'kanister-operator']) {
    symlinkSync(join(ROOT, `dist/${program}.js`), join(modules, '.bin', program));
  }
}
