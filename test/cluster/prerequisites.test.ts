import { describe, expect, it } from 'vitest';
import { findProgram, missingPrerequisites } from './prerequisites.ts';

describe('a machine that can have no cluster', () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(isRoot)('is told to run it as root', () => {
    expect(missingPrerequisites({ path: '', cache: '/tmp/cache', home: '/tmp' })).toContain(
      'run this as root',
    );
  });

  it.runIf(isRoot).each([
    ['/tmp/cache', '', 'install Go 1.26 or later'],
    ['/var/lib/jenkins/cache', process.env['PATH'] ?? '', 'set KANISTER_CLUSTER_CACHE to a folder elsewhere'],
  ])('is told in one line what would help: cache %s, path %j', (cache, path, remedy) => {
    const missing = missingPrerequisites({ path, cache, home: '/tmp' });
    expect(missing).toContain(remedy);
    expect(missing).not.toContain('\n');
  });

  it('finds a program where a shell would', () => {
    expect(findProgram('sh', '/nowhere:/bin')).toBe('/bin/sh');
    expect(findProgram('sh', '/nowhere')).toBeUndefined();
  });
});
