import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder that holds this project's package.json, and so `dist/`: the same whether this runs from the sources or from
 * a bundle. @throws {Error} when the files were taken out of their package.
 */
export function projectFolder(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const { name }: { name?: string } = JSON.parse(readFileSync(file, 'utf8'));
    if (name === 'kanister-operator') return folder;
  }
  throw new Error(`no package.json of kanister-operator above ${from}: install the package as a whole`);
}
