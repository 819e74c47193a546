import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';
import type { ActionSet, ActionSetSpec, State } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { parseYaml } from '../kubernetes/yaml.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster.stop());

const create = (...flags: string[]) => cluster.kanctl(['create', 'actionset', ...flags]);
const dryRun = async (...flags: string[]) => {
  const { code, stdout } = await create('--dry-run', ...flags);
  expect(code).toBe(0);
  return parseYaml(stdout) as unknown as ActionSet;
};

describe('kanctl create actionset with the options of a run', () => {
  const argv = ['-a', 'a', '-b', 'bp', '-T', 'x,y', '--skip-validation'];

  it('writes the order, the times and what may be deleted', async () => {
    const { spec } = await dryRun(
      ...argv,
      '--sequential',
      '--action-timeout',
      '90m',
      '--ttl',
      '1h0m0.5s',
      '--include-artifacts',
    );
    expect(spec).toMatchObject({
      executionMode: 'sequential',
      ttlSecondsAfterFinished: 3601,
      includeArtifacts: true,
      actions: [{ timeout: '90m' }, { timeout: '90m' }],
    });
  });

  it('writes none of these fields where nothing was asked for', async () => {
    const { spec } = await dryRun(...argv);
    expect(Object.keys(spec ?? {})).toEqual(['actions']);
    expect(spec?.actions?.[0]).not.toHaveProperty('timeout');
  });
});

describe('kanctl create actionset --continue-from', () => {
  const object = { kind: 'deployment', name: 'web', namespace: 'apps' };
  const reference = { name: 'db', namespace: 'apps' };
  const spec: ActionSetSpec = {
    executionMode: 'sequential',
    ttlSecondsAfterFinished: 60,
    actions: [
      {
        name: 'backup',
        blueprint: 'bp',
        object,
        artifacts: { previous: { keyValue: { path: '/a' } } },
        options: { a: '1', b: '2' },
        profile: reference,
        secrets: { db: reference },
        configMaps: { settings: reference },
        podOverride: { nodeSelector: { disk: 'ssd' } },
        podLabels: { x: '1' },
        timeout: '1h',
      },
      { name: 'verify', blueprint: 'bp', object, needs: ['backup'] },
    ],
  };
  beforeAll(async () => {
    const states: [string, State | undefined][] = [
      ['failed', 'failed'],
      ['complete', 'complete'],
      ['running', 'running'],
      ['new', undefined],
    ];
    for (const [name, state] of states) {
      await cluster.create<ActionSet>(ACTION_SETS, {
        metadata: { name, namespace: 'default' },
        spec,
        ...(state && { status: { state, actions: [], error: { message: '' }, progress: {} } }),
      });
    }
  });

  it('takes over everything that the failed one was to do', async () => {
    const actionSet = await dryRun('--continue-from', 'failed');
    expect(actionSet.metadata.name).toMatch(/^failed-.{5}$/);
    expect(actionSet.spec).toEqual({ ...spec, continueFrom: 'failed' });
    const { code, stdout, stderr } = await create('--continue-from', 'failed', '-A', 'second');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'actionset second created\n', stderr: '' });
  });

  it('lets what is given win', async () => {
    const given = '-b fixed -o b=3 --podlabels y=2 -s db=apps/other -p prof --action-timeout 2h --ttl 1h';
    const { spec: continued } = await dryRun(
      '--continue-from',
      'failed',
      '--skip-validation',
      ...given.split(' '),
    );
    expect(continued).toMatchObject({
      ttlSecondsAfterFinished: 3600,
      actions: [
        {
          name: 'backup',
          blueprint: 'fixed',
          options: { a: '1', b: '3' },
          podLabels: { x: '1', y: '2' },
          secrets: { db: { name: 'other', namespace: 'apps' } },
          profile: { name: 'prof', namespace: 'default' },
          timeout: '2h',
        },
        { name: 'verify', blueprint: 'fixed', options: { b: '3' } },
      ],
    });
  });

  it.each([
    [
      'complete',
      'is complete: there is nothing to continue',
      '--from complete makes one that follows it up.',
    ],
    [
      'running',
      'has not failed: it is running',
      'Wait for its end with `kanctl watch actionset running -n default`, or end it with `kanctl cancel actionset running -n default`.',
    ],
    [
      'new',
      'has not failed: it was not started yet',
      'Wait for its end with `kanctl watch actionset new -n default`, or end it with `kanctl cancel actionset new -n default`.',
    ],
  ])('refuses one that is %s', async (name, problem, hint) => {
    expect(await create('--continue-from', name)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: ActionSet ${name} ${problem}\nHint: ${hint}\n`,
    });
  });

  it('says that the failed one is gone', async () => {
    expect((await create('--continue-from', 'gone')).stderr).toBe(
      'Error: actionsets.cr.kanister.io "gone" not found\n',
    );
  });

  it('refuses flags that say which actions there are', async () => {
    const { code, stderr } = await create('--continue-from', 'failed', '-a', 'x', '-d', 'apps/web');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: --continue-from takes over the actions of the failed ActionSet and their objects: remove --action, --deployment\n/,
    );
  });

  it('refuses actions that could never begin', async () => {
    await cluster.create<ActionSet>(ACTION_SETS, {
      metadata: { name: 'backwards', namespace: 'default' },
      spec: {
        actions: [
          { name: 'one', blueprint: 'bp', object, needs: ['two'] },
          { name: 'two', blueprint: 'bp', object },
        ],
      },
      status: { state: 'failed', actions: [], error: { message: '' }, progress: {} },
    });
    const { code, stderr } = await create('--continue-from', 'backwards', '--sequential');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: the actions one, two wait for each other: Validation Failed\nHint: /);
  });
});
