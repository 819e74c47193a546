import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

  it('has a row for every environment variable that the operator reads, and reads none that it says not to', () => {
    const settings = readFileSync(join(ROOT, 'src/operator/settings.ts'), 'utf8');
    const read = [...settings.matchAll(/env\['(\w+)'\]/g)].map(([, name = '']) => name);
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const [, section = ''] = page.split('\n## Environment variables of the operator\n');
    const unread = rowsOf(section).filter(([, here = '']) => here.startsWith('not '));
    expect(unread.length).toBeGreaterThan(2);
    expect(unread.filter(([names]) => read.some((name) => words(names).includes(name)))).toEqual([]);
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
    const rows = rowsOf(section);
    expect(rows.length).toBe(count);
    for (const [original = '', here = '', tests = ''] of rows) {
      expect([original, here]).not.toContain('');
      expect(wrongIn(tests), original).toEqual([]);
    }
  });

  it.each([
    'The run of an ActionSet',
    'Events, metrics, endpoints, logs',
    'Functions',
    'Environment variables of the operator',
  ])(
    'names for each row a test that is there by its title, and none for what is not there yet: %s',
    (theme) => {
      const [, after = ''] = page.split(`\n## ${theme}\n`);
      const [section = ''] = after.split(/^## /m);
      const rows = rowsOf(section);
      expect(rows.length).toBeGreaterThan(10);
      const wrong = rows.flatMap(([subject = '', here = '', ...more]) => {
        const tests = more.at(-1) ?? '';
        if (/^not (yet|read)/.test(here)) return tests === '' ? [] : [`${subject}: ${tests}`];
        return wrongIn(tests).map((named) => `${subject}: ${named}`);
      });
      expect(wrong).toEqual([]);
    },
  );

  it('gives a reason or a test for every deviation', () => {
    const bare = page
      .split('\n')
      .filter((line) => line.startsWith('| ') && line.split('|')[2]?.trim().startsWith('deviates'))
      .filter((line) => (line.split('|')[3]?.trim() ?? '') === '' && !line.includes('.test.ts'));
    expect(bare).toEqual([]);
  });
});

/** The cells of the rows of a section's tables, without their headings. */
function rowsOf(section: string): string[][] {
  return section
    .split('\n\n')
    .flatMap((part) =>
      part
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .slice(1),
    )
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** What is named in a cell and is no test: each of its lines is a file and the title of a test in it. */
function wrongIn(tests: string): string[] {
  return tests.split('<br>').filter((named) => {
    const [, file = '', title = ''] = /^`([^`]+\.ts)`: (.+)$/.exec(named) ?? [];
    return file === '' || !existsSync(join(ROOT, file)) || !titlesOf(file).has(title);
  });
}

/** Suites that make their tests of files: each is known by its path below the folder, without the ending; all together by their heading. */
const MADE_OF_FILES: Record<string, string> = {
  'test/golden/scenarios.full.test.ts': 'test/golden/scenarios',
  'test/seeds/seeds.full.test.ts': 'test/seeds',
};

/** Of the tests or cases in a file, as they are written there: those of many cases have a `%s` or a `${name}`. */
function titlesOf(file: string): Set<string> {
  const folder = MADE_OF_FILES[file];
  const files =
    folder === undefined ? [] : readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const source = readFileSync(join(ROOT, file), 'utf8');
  const titles = file.endsWith('.test.ts') ? TITLE : TITLE_OF_CASE;
  return new Set([
    ...[...source.matchAll(titles)].map(([, , title = '']) => title),
    ...(folder === undefined ? [] : source.matchAll(HEADING)).map(([, title = '']) => title),
    ...files.flatMap((name) => /^(.+)\.(?:json|yaml)$/.exec(name)?.[1] ?? []),
  ]);
}

const TITLE = /(?:\bit(?:\.\w+)*(?:<[^(]*>)?\(|\)\()\s*(['"`])(.+?)\1,/g;
const HEADING = /\bdescribe(?:\.\w+)*\('(.+?)',/g;
/** In the table of functions. */
const TITLE_OF_CASE =
  /(?:\baspect: '[^']+',\s*name: (?:named\(\s*)?|\breturn generated\(|=>\s*generated\()(['"`])(.+?)\1,/g;

function words(text = ''): string[] {
  return text.split(/[^A-Za-z0-9]+/);
}
