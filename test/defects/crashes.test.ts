import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTION_SETS,
  API_VERSION,
  PROFILES,
  type ActionSet,
  type ActionSpec,
  type Blueprint,
} from '../../src/api/kanister/types.ts';
import { defineFunction } from '../../src/engine/function.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { JsonObject, KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENT_CONFIGS } from '../../src/kubernetes/resources.ts';
import { echo, fail } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../support/operator-bed.ts';

/** Has a bug, and throws what is no Error. */
const broken = defineFunction({
  name: 'Broken',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  run() {
    // oxlint-disable-next-line typescript/only-throw-error -- functions of others do so
    throw undefined;
  },
});

const functions = [echo, fail, broken];
const NOBODY = { kind: 'Deployment', name: 'nobody', namespace: 'app' };

interface Mishap {
  actions?: Blueprint['actions'];
  action?: Partial<ActionSpec>;
  state: string;
  message: RegExp;
  outputs?: (JsonObject | undefined)[];
}

const MISHAPS: [string, Mishap][] = [
  [
    'an action without phases that can’t be launched',
    {
      actions: { run: {} },
      action: { object: NOBODY },
      state: 'failed',
      message: /^deployments.apps "nobody" not found/,
    },
  ],
  [
    'an action without phases whose deferPhase has no known function',
    {
      actions: { run: { deferPhase: { func: 'Ecco', name: 'd' } } },
      state: 'failed',
      message: /^Requested function \{Ecco\} has not been registered/,
    },
  ],
  [
    'an action with a deferPhase and no phases',
    {
      actions: { run: { deferPhase: { func: 'Echo', name: 'd', args: { value: 1 } } } },
      state: 'complete',
      message: /^$/,
    },
  ],
  [
    'null arguments, also inside of others',
    {
      actions: {
        run: {
          phases: [
            { func: 'Echo', name: 'a', args: { value: null } },
            { func: 'Echo', name: 'b', args: { value: { of: [null, { a: null }] } } },
          ],
        },
      },
      state: 'complete',
      message: /^$/,
      outputs: [{ value: null }, { value: { of: [null, { a: null }] } }],
    },
  ],
  [
    'a function for Kopia’s server without a repositoryServer',
    {
      actions: { run: { phases: [{ func: 'BackupDataUsingKopiaServer', name: 'a' }] } },
      state: 'failed',
      message: /^Requested function \{BackupDataUsingKopiaServer\} has not been registered/,
    },
  ],
  [
    'a template that wants the repositoryServer, which is never there',
    {
      actions: {
        run: { phases: [{ func: 'Echo', name: 'a', args: { value: '{{ .RepositoryServer.Address }}' } }] },
      },
      state: 'failed',
      message: /nil pointer evaluating \*param.RepositoryServer.Address/,
    },
  ],
  [
    'a Profile of type kopia without a passphrase',
    {
      action: { profile: { name: 'kopia', namespace: 'kanister' } },
      state: 'failed',
      message: /^Kopia UserPassphrase Secret reference cannot be nil/,
    },
  ],
  [
    'a function with a bug',
    { actions: { run: { phases: [{ func: 'Broken', name: 'a' }] } }, state: 'failed', message: /./ },
  ],
];

describe('the operator goes on with other ActionSets', () => {
  let bed: OperatorBed;
  beforeAll(async () => {
    bed = await createOperatorBed();
    const version = { major: '1', minor: '34+', gitVersion: 'v1.34-vendor/7', platform: 'linux/amd64' };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the type that was asked for
    const raw = <T>() => Promise.resolve(version as T);
    bed.start({ functions, client: { ...bed.client, raw } });
    await bed.createBlueprint('sound', { run: { phases: [{ func: 'Echo', name: 'one' }] } });
  });
  afterAll(() => bed.close());

  let others = 0;
  const another = async () => {
    const name = `another-${(others += 1)}`;
    await bed.createActionSet(name, { blueprint: 'sound' });
    return (await bed.actionSet(name)).status?.state;
  };

  it('after each of those that take the original down', async () => {
    await bed.client.create(PROFILES, {
      apiVersion: API_VERSION,
      kind: 'Profile',
      metadata: { name: 'kopia', namespace: 'kanister' },
      location: { type: 'kopia' },
      credential: { type: 'kopia', kopiaServerSecret: { username: 'me', hostname: 'here' } },
    } as KubernetesObject);
    for (const [index, [what, { actions, action, state, message, outputs }]] of MISHAPS.entries()) {
      const name = `mishap-${index}`;
      if (actions) await bed.createBlueprint(name, actions);
      await bed.createActionSet(name, { blueprint: actions ? name : 'sound', ...action });
      const { status } = await bed.actionSet(name);
      expect(status?.state, what).toBe(state);
      expect(status?.error.message, what).toMatch(message);
      if (outputs) expect(status?.actions[0]?.phases.map(({ output }) => output)).toEqual(outputs);
    }
    expect(await another()).toBe('complete');
    expect(MISHAPS.length).toBe(8);
  });

  it('when one without a spec, or without actions, is changed', async () => {
    const states = [];
    for (const [name, spec] of [
      ['none', undefined],
      ['empty', {}],
    ] as const) {
      const metadata = { name, namespace: 'kanister' };
      await bed.client.create<ActionSet>(ACTION_SETS, {
        apiVersion: API_VERSION,
        kind: 'ActionSet',
        metadata,
        ...(spec && { spec }),
      });
      states.push((await bed.actionSet(name)).status?.state);
      const body = { metadata: { labels: { seen: 'yes' } } };
      await bed.client.patch(ACTION_SETS, metadata, { type: 'merge', body });
    }
    expect(states).toEqual(['failed', 'complete']);
    expect(await another()).toBe('complete');
  });

  it('whatever the API server calls its version', async () => {
    expect(await another()).toBe('complete');
  });

  it('when nothing of a DeploymentConfig was rolled out yet', async () => {
    await installDeploymentConfigs(bed.client);
    const name = { name: 'db', namespace: 'app' };
    await bed.client.create<KubernetesObject>(DEPLOYMENT_CONFIGS, {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentConfig',
      metadata: name,
    });
    await bed.createActionSet('as', { blueprint: 'sound', object: { kind: 'DeploymentConfig', ...name } });
    const { status } = await bed.actionSet('as');
    expect(status?.error.message).toMatch(
      /^Could not find a ReplicationController for DeploymentConfig: not found/,
    );
    expect(await another()).toBe('complete');
  });
});

/** OpenShift's, as far as the operator needs it. */
async function installDeploymentConfigs(client: KubernetesClient): Promise<void> {
  const { group, resource: plural, kind } = DEPLOYMENT_CONFIGS;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await client.create<KubernetesObject & { spec: object }>(CUSTOM_RESOURCE_DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  await expect
    .poll(() => client.list(DEPLOYMENT_CONFIGS).then(() => 'served', String), { timeout: 10_000 })
    .toBe('served');
}
