import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInImages } from '../src/sandbox/images/built-in-images.ts';

const ROOT = join(import.meta.dirname, '..');
const KANCTL = join(ROOT, 'dist/kanctl.js');
const page = readFileSync(join(ROOT, 'docs/sandbox.md'), 'utf8');
const path = process.env['PATH'] ?? '';

/** A section's text, with those below it. */
function section(title: string): string {
  const [, text = ''] = page.split(`\n## ${title}\n`);
  return text.split('\n## ')[0] ?? '';
}

const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);

describe.runIf(process.platform === 'linux')('docs/sandbox.md', () => {
  const kubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8', env: { PATH: path } });
  const title = 'leads from nothing to a restored backup by the commands of its five minutes';

  it.skipIf(kubectl.status !== 0)(`${title} (kubectl)`, { timeout: 180_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'docs-sandbox-'));
    try {
      const { home, work, env } = reader(folder);
      const commands = commandsOf(section('A Blueprint of your own, in five minutes'));
      expect(commands.length).toBeGreaterThan(4);
      const { status, stdout, stderr } = spawnSync('bash', ['-euxo', 'pipefail', '-c', commands.join('\n')], {
        cwd: work,
        env,
        encoding: 'utf8',
      });
      expect({ status, stderr: status === 0 ? '' : stderr + stdout }).toEqual({ status: 0, stderr: '' });
      const [last, before] = stdout.trimEnd().split('\n').toReversed();
      expect(before).toBe('a note to keep');
      expect(last).toContain(`nothing of it is left in ${home}`);
    } finally {
      down(folder);
    }
  });

  it('names every flag of every command', () => {
    for (const command of ['up', 'down', 'status', 'env']) {
      const help = execFileSync(process.execPath, [KANCTL, 'sandbox', command, '--help'], {
        encoding: 'utf8',
      });
      const [own = ''] = help.split('Global Flags');
      const flags = [...own.matchAll(/^ {2}.{4}(--[\w-]+)/gm)].map(([, flag = '']) => flag);
      expect(flags.length).toBeGreaterThan(1);
      const missing = flags.filter(
        (flag) => flag !== '--help' && !page.includes(flag.replace('--output', '-o')),
      );
      expect(missing, command).toEqual([]);
    }
  });

  it('names no command and no flag that is not there', () => {
    const table = section('Commands');
    const help = ['up', 'down', 'status', 'env'].map((command) =>
      execFileSync(process.execPath, [KANCTL, 'sandbox', command, '--help'], { encoding: 'utf8' }),
    );
    for (const [, flag = ''] of table.matchAll(/`(--[\w-]+)`/g)) expect(help.join('')).toContain(flag);
    for (const [, command = ''] of table.matchAll(/kanctl sandbox (\w+)/g))
      expect(['up', 'down', 'status', 'env']).toContain(command);
  });

  it('names the built-in images, and no other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'docs-sandbox-'));
    try {
      const images = builtInImages({ folder, node: process.execPath, programs: join(ROOT, 'dist') });
      expect(namesInTable(section('Images')).toSorted()).toEqual(images.map(({ name }) => name).toSorted());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names what a program may ask for: options, faults, and whom they meet', () => {
    const names = new Set(
      [...section('In a program').matchAll(/`(?:faults\.)?(\w+)(?:\(\))?`/g)].map(([, name]) => name),
    );
    const missing = [
      ...members('src/sandbox/sandbox.ts', 'SandboxOptions'),
      ...members('src/sandbox/sandbox.ts', 'Sandbox').filter((name) => !DETAILS.includes(name)),
      ...members('src/sandbox/faults/fault-rule.ts', 'FaultRule').filter((name) => !DETAILS.includes(name)),
      ...members('src/sandbox/faults/faults.ts', 'Faults').filter((name) => !DETAILS.includes(name)),
      ...[...source('src/sandbox/faults/fault-rule.ts').matchAll(/ kind: '(\w+)'/g)].map(([, kind]) => kind),
    ].filter((name) => !names.has(name));
    expect(missing).toEqual([]);
  });

  it('shows a test of a Blueprint as it runs', () => {
    const [, shown] = /^```ts\n(.*?)^```$/ms.exec(section('In a program')) ?? [];
    expect(shown).toBe(source('test/examples/simulated-node.test.ts'));
  });

  it('leads to files and sections that are there', () => {
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(3);
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
    const lost = links.filter((target) =>
      target.startsWith('#') ? !headings.includes(target.slice(1)) : !existsSync(join(ROOT, 'docs', target)),
    );
    expect(lost).toEqual([]);
  });
});

/** Named by what they are for, or shown in the example. */
const DETAILS = ['url', 'kubeconfigText', 'imagesFolder', 'kubelets', 'match', 'fault', 'clear'];

const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The names of an interface's members, as its file declares them. */
function members(file: string, name: string): string[] {
  const [, body = ''] =
    new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}$`, 'ms').exec(source(file)) ?? [];
  const found = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?(:]/gm)].map(([, member = '']) => member);
  if (found.length === 0) throw new Error(`${file} declares no interface ${name}`);
  return found;
}

/** What stands in backquotes in the first column of a section's table. */
const namesInTable = (text: string): string[] =>
  [...text.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** Somebody who has the package's programs on the PATH, its examples at hand, and a home of their own. */
function reader(folder: string) {
  const [home, work, programs] = [join(folder, 'home'), join(folder, 'work'), join(folder, 'bin')];
  for (const each of [home, work, programs]) mkdirSync(each);
  cpSync(join(ROOT, 'examples'), join(work, 'examples'), { recursive: true });
  const kanctl = join(programs, 'kanctl');
  writeFileSync(kanctl, `#!/bin/sh\nexec '${process.execPath}' '${KANCTL}' "$@"\n`);
  chmodSync(kanctl, 0o755);
  const env = { HOME: home, PATH: `${programs}:${dirname(process.execPath)}:${path}` };
  return { home, work, env };
}

/** However the commands ended. */
function down(folder: string): void {
  const state = join(folder, 'home/.local/state/kanister-sandbox');
  execFileSync(process.execPath, [KANCTL, 'sandbox', 'down', '--purge', '--folder', state]);
  rmSync(folder, { recursive: true, force: true });
}
