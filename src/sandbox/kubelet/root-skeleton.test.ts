import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sharedSkeleton, type TopEntry } from './root-skeleton.ts';

const { uid, gid } = statSync(tmpdir());
const ENTRIES: TopEntry[] = [
  { name: 'bin', shown: 'link', to: 'usr/bin' },
  { name: 'proc', shown: 'mount' },
  { name: 'srv', shown: 'empty', mode: 0o40750, uid, gid },
  { name: 'tmp', shown: 'private' },
  { name: 'usr', shown: 'layered', mode: 0o40755, uid, gid },
];

describe('the skeleton of containers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'skeletons-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has what the machine has at its top, empty, and devices to be mounted over', () => {
    const skeleton = sharedSkeleton(folder, ENTRIES);
    expect(readdirSync(skeleton)).toEqual(['bin', 'dev', 'proc', 'srv', 'tmp', 'usr']);
    expect(readlinkSync(join(skeleton, 'bin'))).toBe('usr/bin');
    expect(statSync(join(skeleton, 'srv')).mode & 0o7777).toBe(0o750);
    expect(statSync(join(skeleton, 'tmp')).mode & 0o7777).toBe(0o1777);
    expect(lstatSync(join(skeleton, 'dev/null')).isFile()).toBe(true);
    expect(readdirSync(join(skeleton, 'usr'))).toEqual([]);
  });

  it('is one for all while the machine’s top stays as it is, and another when that changes', () => {
    const first = sharedSkeleton(folder, ENTRIES);
    const made = statSync(first).ctimeMs;
    expect(sharedSkeleton(folder, structuredClone(ENTRIES))).toBe(first);
    expect(statSync(first).ctimeMs).toBe(made);
    const other = sharedSkeleton(folder, [...ENTRIES, { name: 'new', shown: 'mount' }]);
    expect(other).not.toBe(first);
    expect(readdirSync(folder).length).toBe(2);
  });
});
