import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createImageTable, imageName } from './image-table.ts';
import { readImageFile } from './read-image-file.ts';

describe('the image table', () => {
  it.each([
    ['busybox', 'busybox'],
    ['busybox:1.36', 'busybox'],
    ['ghcr.io/kanisterio/kanister-tools:0.119.0', 'kanister-tools'],
    ['localhost:5000/a/b/postgres', 'postgres'],
    ['docker.io/library/postgres:15@sha256:0123', 'postgres'],
  ])('finds %s as %s', (reference, name) => {
    expect(imageName(reference)).toBe(name);
    expect(createImageTable([{ name }]).find(reference)).toEqual({ name });
  });

  it('takes the entry that was added last', () => {
    const table = createImageTable([{ name: 'a', command: ['one'] }]);
    table.add({ name: 'a', command: ['two'] });
    expect(table.find('a:1')?.command).toEqual(['two']);
    expect(table.find('b')).toBeUndefined();
  });
});

describe('an image file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  const file = join(folder, 'images.yaml');
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (content: string) => {
    writeFileSync(file, content);
    return readImageFile(file);
  };

  it('gives its entries', () => {
    const content = '- name: redis\n  entrypoint: [redis-server]\n  environment: {LANG: C}\n  user: 999\n';
    const entry = { name: 'redis', entrypoint: ['redis-server'], environment: { LANG: 'C' }, user: 999 };
    expect(read(content)).toEqual([entry]);
  });

  it.each([
    ['name: redis\n', 'expected a list of images'],
    ['- command: [a]\n', 'image 1: expected a name'],
    ['- name: a\n- name: b\n  entrypoint: sh\n', 'image 2: entrypoint: expected a list of texts'],
    ['- name: a\n  cmd: [b]\n', 'image 1: unknown field cmd'],
  ])('says where %j is wrong', (content, message) => {
    expect(() => read(content)).toThrow(`${file}: ${message}`);
  });
});
