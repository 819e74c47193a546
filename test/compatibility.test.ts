import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functions } from '../src/functions/index.ts';

const ROOT = join(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8');

/** Every function that Kanister 0.114 has registered. */
const ORIGINAL_FUNCTIONS = `
  KubeExec KubeExecAll KubeTask MultiContainerRun KubeOps ScaleWorkload PrepareData BackupData BackupDataAll BackupDataStats RestoreData
  RestoreDataAll CopyVolumeData DeleteData DeleteDataAll LocationDelete CheckRepository CreateVolumeSnapshot WaitForSnapshotCompletion
  CreateVolumeFromSnapshot DeleteVolumeSnapshot CreateCSISnapshot CreateCSISnapshotStatic RestoreCSISnapshot DeleteCSISnapshot
  DeleteCSISnapshotContent CreateRDSSnapshot RestoreRDSSnapshot DeleteRDSSnapshot ExportRDSSnapshotToLocation Wait WaitV2
  BackupDataUsingKopiaServer RestoreDataUsingKopiaServer DeleteDataUsingKopiaServer`
  .trim()
  .split(/\s+/);

describe('the page on compatibility', () => {
  it('names tests that are there', () => {
    const named = [...page.matchAll(/`((?:src|test)\/[\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it.each(ORIGINAL_FUNCTIONS)('says of %s whether it is there, and is right', (name) => {
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| ') && words(line.split('|')[1]).includes(name));
    expect(rows.length).toBeGreaterThan(0);
    const isThere = functions.some((definition) => definition.name === name);
    expect(rows.some((row) => row.split('|')[2]?.trim().startsWith('not yet'))).toBe(!isThere);
  });

  it('has a row for every environment variable that the operator reads', () => {
    const settings = readFileSync(join(ROOT, 'src/operator/settings.ts'), 'utf8');
    const read = [...settings.matchAll(/env\['(\w+)'\]/g)].map(([, name = '']) => name);
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it.each([
    ['ActionSets that get stuck, and results that get lost', 13],
    ['Crashes of the whole operator', 7],
    ['Wrong, misleading or surprising results', 19],
    ['Traps of an installation', 6],
    ['Load and waiting', 7],
  ])('has all defects of the original, with tests that are there by these titles: %s', (theme, count) => {
    const [, after = ''] = page.split(`### ${theme}\n`);
    const [section = ''] = after.split(/^##/m);
    const rows = section.split('\n').filter((line) => line.startsWith('| '));
    // The heading is a row, too.
    expect(rows.length - 1).toBe(count);
    for (const row of rows.slice(1)) {
      const [, original = '', here = '', tests = ''] = row.split('|').map((cell) => cell.trim());
      expect([original, here], row).not.toContain('');
      const named = [...tests.matchAll(/`([^`]+\.test\.ts)`: ((?:(?!<br>).)+)/g)];
      expect(named.length, row).toBe(tests.split('<br>').length);
      expect(
        named.filter(([, file = '', title = '']) => !titlesOf(file).has(title)).map(([text]) => text),
      ).toEqual([]);
    }
  });

  it('gives a reason or a test for every deviation', () => {
    const bare = page
      .split('\n')
      .filter((line) => line.startsWith('| ') && line.split('|')[2]?.trim().startsWith('deviates'))
      .filter((line) => (line.split('|')[3]?.trim() ?? '') === '' && !line.includes('.test.ts'));
    expect(bare).toEqual([]);
  });
});

/** Of the tests in a file, as they are written there: those of many cases have a `%s`. */
function titlesOf(file: string): Set<string> {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const titles = source.matchAll(/(?:\bit(?:\.\w+)*(?:<[^(]*>)?\(|\]\)\()\s*(['"`])(.+?)\1,/g);
  return new Set([...titles].map(([, , title = '']) => title));
}

function words(text = ''): string[] {
  return text.split(/[^A-Za-z0-9]+/);
}
