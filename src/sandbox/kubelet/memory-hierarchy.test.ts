import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMemoryHierarchy } from './memory-hierarchy.ts';

describe('where memory can be limited', () => {
  let top: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'hierarchy-'));
  });
  afterEach(() => rmSync(top, { recursive: true }));

  /** A group as the kernel shows it; `delegates`: the controllers that its children have. */
  const group = (path: string, delegates?: string) => {
    const folder = join(top, path);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cgroup.procs'), '');
    if (delegates !== undefined) writeFileSync(join(folder, 'cgroup.subtree_control'), delegates);
    return folder;
  };
  const mount = (type: string, options: string, root = '/') =>
    `25 20 0:22 ${root} ${top} rw,nosuid shared:4 - ${type} ${type} ${options}\n`;

  it('is the own group, in version 1', () => {
    const own = group('user/session');
    const mountinfo = `20 1 8:1 / / rw - ext4 /dev/sda1 rw\n${mount('cgroup', 'rw,memory')}`;
    const cgroup = '5:cpu,cpuacct:/\n4:memory:/user/session\n0::/\n';
    expect(findMemoryHierarchy({ mountinfo, cgroup })).toEqual({ folder: own, version: 1 });
  });

  it('is the own group, in a container that sees only its part of version 1', () => {
    const own = group('inner');
    const mountinfo = mount('cgroup', 'rw,memory', '/docker/abc');
    expect(findMemoryHierarchy({ mountinfo, cgroup: '4:memory:/docker/abc/inner\n' })).toEqual({
      folder: own,
      version: 1,
    });
  });

  it('is the nearest group that has memory to give, in version 2', () => {
    group('', 'cpu memory');
    const slice = group('user.slice', 'memory pids');
    group('user.slice/app.scope', '');
    const files = { mountinfo: mount('cgroup2', 'rw,nsdelegate'), cgroup: '0::/user.slice/app.scope\n' };
    expect(findMemoryHierarchy(files)).toEqual({ folder: slice, version: 2 });
  });

  it('is nowhere where version 2 gives no memory on, or has none', () => {
    group('', 'cpu');
    group('user.slice', 'pids');
    const files = { mountinfo: mount('cgroup2', 'rw'), cgroup: '0::/user.slice\n' };
    expect(findMemoryHierarchy(files)).toBeUndefined();
  });

  it('is nowhere where the own group cannot be seen', () => {
    const files = { mountinfo: mount('cgroup', 'rw,memory'), cgroup: '4:memory:/../elsewhere\n' };
    expect(findMemoryHierarchy(files)).toBeUndefined();
    expect(findMemoryHierarchy({ mountinfo: '', cgroup: '4:memory:/\n' })).toBeUndefined();
  });
});
