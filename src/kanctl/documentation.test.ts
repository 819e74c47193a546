import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startCluster } from '../../test/kanctl/cluster.ts';

const documentation = await readFile(new URL('../../docs/kanctl.md', import.meta.url), 'utf8');

const COMMANDS = [
  'create actionset',
  'create profile s3compliant',
  'create profile gcp',
  'create profile azure',
  'get actionset',
  'watch actionset',
  'describe actionset',
  'cancel actionset',
  'validate',
];

describe('docs/kanctl.md', () => {
  it.each(COMMANDS)('names every flag of kanctl %s', async (command) => {
    const cluster = await startCluster();
    const { stdout } = await cluster.kanctl([...command.split(' '), '--help']);
    await cluster.stop();
    const flags = [...stdout.matchAll(/^ {2}.{4}(--[\w-]+)/gm)].map(([, flag = '']) => flag);
    expect(flags.length).toBeGreaterThan(4);
    expect(flags.filter((flag) => flag !== '--help' && !documentation.includes(`\`${flag}\``))).toEqual([]);
  });
});
