import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS, BLUEPRINTS, PROFILES } from '../api/kanister/types.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, NAMESPACES, PERSISTENT_VOLUME_CLAIMS } from '../kubernetes/resources.ts';
import { parseYaml } from '../kubernetes/yaml.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ namespace: 'kanister' });
  for (const name of ['kanister', 'apps', 'other']) {
    await cluster.create(NAMESPACES, {
      metadata: { name, ...(name !== 'kanister' && { labels: { team: 'a' } }) },
    });
  }
  await cluster.create(BLUEPRINTS, { metadata: { name: 'bp', namespace: 'kanister' } });
  await cluster.create(PROFILES, { metadata: { name: 'prof', namespace: 'kanister' } });
  for (const namespace of ['apps', 'other']) {
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'busybox' }] },
    };
    const metadata = { name: 'web', namespace, labels: { app: 'web' } };
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    await cluster.create<KubernetesObject & { spec: object }>(DEPLOYMENTS, { metadata, spec });
    await cluster.create<KubernetesObject & { spec: object }>(PERSISTENT_VOLUME_CLAIMS, {
      metadata,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    });
  }
});
afterAll(async () => cluster.stop());

const create = (...flags: string[]) => cluster.kanctl(['create', 'actionset', '--profile', 'prof', ...flags]);
const dryRun = async (...flags: string[]) => {
  const { code, stdout, stderr } = await create('--dry-run', ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return parseYaml(stdout) as unknown as ActionSet;
};
const objects = ({ spec }: ActionSet) =>
  spec?.actions?.map(({ object: { kind, apiVersion, group, resource, namespace, name } }) =>
    [kind, group, apiVersion, resource, namespace, name].filter((part) => part).join(' '),
  );

describe('kanctl create actionset', () => {
  it('creates an ActionSet in the namespace of the context, its Profile found there', async () => {
    const { code, stdout, stderr } = await create(
      '-a',
      'backup',
      '-b',
      'bp',
      '-d',
      'apps/web',
      '--name',
      'first',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'actionset first created\n', stderr: '' });
    const { spec } = await cluster.client.get<ActionSet>(ACTION_SETS, {
      name: 'first',
      namespace: 'kanister',
    });
    expect(spec?.actions).toEqual([
      {
        name: 'backup',
        blueprint: 'bp',
        object: {
          apiVersion: '',
          group: '',
          resource: '',
          kind: 'deployment',
          namespace: 'apps',
          name: 'web',
        },
        profile: { apiVersion: '', group: '', resource: '', kind: '', namespace: 'kanister', name: 'prof' },
        podAnnotations: {},
        podLabels: {},
        preferredVersion: '',
      },
    ]);
  });

  it('makes one action for each object, in the order of the flags in its help, each object once', async () => {
    const actionSet = await dryRun(
      '-a',
      'backup',
      '-b',
      'bp',
      '-T',
      'apps',
      '-v',
      'apps/web',
      '-d',
      'other/web,apps/web',
      '-d',
      'apps/web',
      '-O',
      'apps/v1/deployments/apps/web,v1/persistentvolumeclaims/apps/web',
    );
    expect(objects(actionSet)).toEqual([
      'deployment other web',
      'deployment apps web',
      'pvc apps web',
      'namespace apps apps',
      'apps v1 deployments apps web',
      'v1 persistentvolumeclaims apps web',
    ]);
    expect(actionSet.metadata.name).toMatch(/^backup-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('finds objects by their labels, also on a cluster that is not OpenShift', async () => {
    const found = async (...flags: string[]) => objects(await dryRun('-a', 'a', '-b', 'bp', '-l', ...flags));
    expect(await found('app=web')).toEqual([
      'deployment apps web',
      'deployment other web',
      'pvc apps web',
      'pvc other web',
    ]);
    expect(await found('app=web', '--selector-namespace', 'other')).toEqual([
      'deployment other web',
      'pvc other web',
    ]);
    expect(await found('app=web', '-k', 'pvc', '--selector-namespace', 'apps')).toEqual(['pvc apps web']);
    expect(await found('team=a', '-k', 'namespace')).toEqual([
      'namespace apps apps',
      'namespace other other',
    ]);
  });

  it('refuses to guess what a malformed object means', async () => {
    const { code, stderr } = await create('-a', 'a', '-b', 'bp', '-d', 'deployment/apps/web');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: failed to parse deployment: Expected namespace\/name\. Got deployment\/apps\/web\n/,
    );
  });

  it('names everything that is missing, and creates nothing', async () => {
    const { code, stdout, stderr } = await create(
      '-a',
      'a',
      '-b',
      'nobp',
      '-d',
      'apps/no,apps/web',
      '-c',
      'x=apps/cm',
      '-s',
      'y=apps/sec',
      '-A',
      'refused',
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'Error: resource verification failed\n' });
    expect(stdout.split('\n')).toEqual([
      `Please make sure 'blueprint' with name 'nobp' exists in namespace 'kanister': blueprints.cr.kanister.io "nobp" not found`,
      `Please make sure 'deployment' with name 'no' exists in namespace 'apps': deployments.apps "no" not found`,
      `Please make sure 'config map' with name 'cm' exists in namespace 'apps': configmaps "cm" not found`,
      `Please make sure 'secret' with name 'sec' exists in namespace 'apps': secrets "sec" not found`,
      '',
    ]);
    await expect(cluster.client.get(ACTION_SETS, { name: 'refused', namespace: 'kanister' })).rejects.toThrow(
      'not found',
    );
  });

  it('keeps its warning out of the YAML of a dry run', async () => {
    const argv = ['create', 'actionset', '-a', 'a', '-b', 'bp', '-d', 'apps/web'];
    const { stdout, stderr } = await cluster.kanctl([...argv, '--dry-run']);
    expect(parseYaml(stdout)).toMatchObject({ kind: 'ActionSet' });
    expect(stderr).toMatch(/^Warning: Neither --profile nor --repository-server flag is provided\.\n/);
    expect((await cluster.kanctl([...argv, '--name', 'warned'])).stdout).toMatch(
      /^Warning: Neither --profile .*\nactionset warned created\n$/s,
    );
  });

  it('takes option values with equals signs, and commas in quotes', async () => {
    const { spec } = await dryRun(
      '-a',
      'a',
      '-b',
      'bp',
      '-d',
      'apps/web',
      '-o',
      'dsn=user=x',
      '-o',
      '"list=1,2"',
    );
    expect(spec?.actions?.[0]?.options).toEqual({ dsn: 'user=x', list: '1,2' });
  });

  it('reads boolean flags with a value, and short ones with an equals sign', async () => {
    const actionSet = await dryRun('-a=a', '-b', 'bp', '-d', 'apps/web', '--skip-validation=false');
    expect(actionSet.spec?.actions?.[0]?.name).toBe('a');
    const { stdout } = await create('-a', 'a', '-b', 'bp', '-d', 'apps/web', '--dry-run=false', '-A', 'real');
    expect(stdout).toBe('actionset real created\n');
  });
});

describe('kanctl create actionset --from', () => {
  beforeAll(async () => {
    const object = { kind: 'deployment', name: 'web', namespace: 'apps' };
    await cluster.create<ActionSet>(ACTION_SETS, {
      metadata: { name: 'parent', namespace: 'kanister' },
      spec: {
        actions: [
          {
            name: 'backup',
            blueprint: 'bp',
            object,
            options: { a: '1', b: '2' },
            podOverride: { nodeSelector: { disk: 'ssd' } },
            podLabels: { x: '1', y: '2' },
            podAnnotations: { n: '1' },
            preferredVersion: 'v0.0.0',
          },
        ],
      },
      status: {
        state: 'complete',
        error: { message: '' },
        progress: {},
        actions: [
          {
            name: 'backup',
            blueprint: 'bp',
            object,
            phases: [],
            artifacts: { dump: { keyValue: { path: '/a' } } },
            deferPhase: { name: '', state: '', progress: {} },
          },
        ],
      },
    });
  });

  it('takes over artifacts, objects and all settings, and what is given wins', async () => {
    const { metadata, spec } = await dryRun(
      '--from',
      'parent',
      '-a',
      'restore',
      '-o',
      'b=3',
      '--podlabels',
      'y=9',
    );
    expect(metadata.name).toMatch(/^restore-parent-.{5}$/);
    expect(spec?.actions).toEqual([
      {
        name: 'restore',
        blueprint: 'bp',
        object: {
          apiVersion: '',
          group: '',
          resource: '',
          kind: 'deployment',
          name: 'web',
          namespace: 'apps',
        },
        artifacts: { dump: { keyValue: { path: '/a' } } },
        options: { a: '1', b: '3' },
        podOverride: { nodeSelector: { disk: 'ssd' } },
        podLabels: { x: '1', y: '9' },
        podAnnotations: { n: '1' },
        preferredVersion: 'v0.0.0',
        profile: { apiVersion: '', group: '', resource: '', kind: '', name: 'prof', namespace: 'kanister' },
      },
    ]);
  });

  it('repeats the parent’s actions for every given object', async () => {
    expect(objects(await dryRun('--from', 'parent', '-d', 'other/web,apps/web'))).toEqual([
      'deployment other web',
      'deployment apps web',
    ]);
  });

  it('refuses a parent that is not complete', async () => {
    const { code, stderr } = await create('--from', 'first', '-a', 'restore');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: Request parent ActionSet first has not been executed\n',
    });
  });
});
