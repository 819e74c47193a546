import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPhaseOutput } from '../api/phase-output.ts';
import { outputsOfMessage } from '../api/termination-message.ts';
import { isOfMainProcess } from './main-process.ts';
import { addToTerminationLog } from './termination-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'termination-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const add = (path: string, key: string, value: string) =>
  addToTerminationLog(path, formatPhaseOutput(key, value));

describe('the termination log', () => {
  it('gets outputs behind what is in it', async () => {
    const path = join(folder, 'log');
    await writeFile(path, 'why\n');
    add(path, 'a', '1');
    add(path, 'b', '2');
    expect(await readFile(path, 'utf8')).toBe(
      'why\n###Phase-output###: {"key":"a","value":"1"}\n###Phase-output###: {"key":"b","value":"2"}\n',
    );
  });

  it('gets, in place of an output without room, the word that one is missing', async () => {
    const path = join(folder, 'log');
    await writeFile(path, '');
    add(path, 'a', '1');
    add(path, 'large', 'v'.repeat(5_000));
    for (let index = 0; index < 200; index++) add(path, 'more', String(index));
    expect((await stat(path)).size).toBeLessThanOrEqual(4_096);
    expect(outputsOfMessage(await readFile(path, 'utf8'), 1)).toBeUndefined();
  });

  it('is not created, and is let be where it is no file that may be written', async () => {
    const path = join(folder, 'log');
    add(path, 'a', '1');
    expect(existsSync(path)).toBe(false);
    add(folder, 'a', '1');
    add('/dev/full', 'a', '1');
    await symlink('/dev/null', path);
    add(path, 'a', '1');
    const other = join(folder, 'other');
    await writeFile(other, '');
    await chmod(other, 0o400);
    expect(() => add(other, 'a', '1')).not.toThrow();
  });
});

describe('a process', () => {
  const tell = async (pid: number, parent: number, name = 'sh') => {
    await mkdir(join(folder, String(pid)));
    await writeFile(join(folder, String(pid), 'stat'), `${pid} (${name}) S ${parent} 1 1 0 -1`);
  };

  it('below process 1 belongs to the container’s own command', async () => {
    await tell(7, 1);
    await tell(9, 7, 'a) S 0 (b');
    expect(isOfMainProcess(9, folder)).toBe(true);
    expect(isOfMainProcess(1, folder)).toBe(true);
  });

  it('brought in by exec does not', async () => {
    await tell(20, 0);
    await tell(21, 20);
    expect(isOfMainProcess(21, folder)).toBe(false);
    expect(isOfMainProcess(99, folder)).toBe(false);
  });
});
