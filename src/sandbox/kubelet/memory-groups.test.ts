import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifyProcess } from '../process-identity.ts';
import { hasRunOutOfMemory, openMemoryGroups, removeGroup } from './memory-groups.ts';
import { findMemoryHierarchy, readControlGroupFiles } from './memory-hierarchy.ts';

const owner = identifyProcess(process.pid) ?? { pid: 0, startTime: '', bootId: '' };
const SHELL = '/bin/sh';

describe('control groups of version 2', () => {
  let top: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'groups-'));
    writeFileSync(join(top, 'cgroup.procs'), '');
    writeFileSync(join(top, 'cgroup.subtree_control'), 'memory');
  });
  afterEach(() => rmSync(top, { recursive: true }));
  const files = () => ({ mountinfo: `25 20 0:22 / ${top} rw - cgroup2 cgroup2 rw\n`, cgroup: '0::/\n' });

  it('get their limit, below a group of the sandbox that gives memory on', async () => {
    const groups = await openMemoryGroups(files(), owner, SHELL);
    const group = groups?.create('a', 33_554_432) ?? '';
    expect(readFileSync(join(group, 'memory.max'), 'utf8')).toBe('33554432');
    expect(readFileSync(join(dirname(group), 'cgroup.subtree_control'), 'utf8')).toBe('+memory');
  });

  it('tell whether a process was killed', async () => {
    const groups = await openMemoryGroups(files(), owner, SHELL);
    const group = groups?.create('a', 33_554_432) ?? '';
    const events = (kills: number) =>
      writeFileSync(
        join(group, 'memory.events'),
        `low 0\nmax 17\noom 2\noom_kill ${kills}\noom_group_kill 1\n`,
      );
    events(0);
    expect(hasRunOutOfMemory(group)).toBe(false);
    events(2);
    expect(hasRunOutOfMemory(group)).toBe(true);
  });

  it('are none where a process cannot get into them', async () => {
    expect(await openMemoryGroups(files(), owner, '/bin/false')).toBeUndefined();
  });
});

it('whatever a record says, only groups of sandboxes are removed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'groups-'));
  mkdirSync(join(folder, 'empty'));
  removeGroup(join(folder, 'empty'));
  expect(existsSync(join(folder, 'empty'))).toBe(true);
  rmSync(folder, { recursive: true });
});

const hierarchy = findMemoryHierarchy(readControlGroupFiles());
describe.runIf(hierarchy)('what a sandbox that was killed has left', () => {
  it('is removed by the next one, but for what that still has to read', async () => {
    // A process of that number and start there never was.
    const dead = await openMemoryGroups(readControlGroupFiles(), { ...owner, startTime: '1' }, SHELL);
    const [left = '', kept = ''] = ['left', 'kept'].map((name) => dead?.create(name, 33_554_432));
    const alive = await openMemoryGroups(readControlGroupFiles(), owner, SHELL);
    const own = alive?.create('own', 33_554_432) ?? '';
    try {
      alive?.removeAbandoned(new Set([kept]));
      expect([left, kept, own].map((group) => existsSync(group))).toEqual([false, true, true]);
      alive?.removeAbandoned(new Set());
      expect(existsSync(dirname(kept))).toBe(false);
    } finally {
      dead?.close();
      alive?.close();
    }
    const names = readdirSync(hierarchy?.folder ?? '');
    expect(names.filter((name) => name.includes(`kanister-sandbox-${owner.pid}-`))).toEqual([]);
  });
});
