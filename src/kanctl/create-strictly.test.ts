import { expect, it } from 'vitest';
import { startCluster } from '../../test/kanctl/cluster.ts';
import { actionSetCrd } from '../api/kanister/action-set-crd.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kubernetes/resources.ts';

it('creates nothing where the CRDs lack a field that was asked for, and says which one and what to do', async () => {
  const cluster = await startCluster();
  const spec = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties';
  await cluster.client.patch(
    CUSTOM_RESOURCE_DEFINITIONS,
    { name: actionSetCrd.metadata.name },
    {
      type: 'json',
      body: [
        { op: 'remove', path: `${spec}/executionMode` },
        { op: 'remove', path: `${spec}/actions/items/properties/timeout` },
      ],
    },
  );
  const argv = ['create', 'actionset', '-a', 'a', '-b', 'bp', '-T', 'x', '--skip-validation', '-A', 'new'];
  const { code, stderr } = await cluster.kanctl([...argv, '--sequential', '--action-timeout', '1h']);
  const existing = await cluster.client.list(ACTION_SETS, { namespace: 'default' });
  const plain = await cluster.kanctl(argv);
  await cluster.stop();
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'Error: the CustomResourceDefinition actionsets.cr.kanister.io in the cluster does not know ' +
      'spec.actions[0].timeout, spec.executionMode\n' +
      'Hint: Update the CRDs: an operator of this version does so when it starts, unless CREATEORUPDATE_CRDS is false ' +
      'or its role does not let it update customresourcedefinitions. Nothing was created.\n',
  });
  expect(existing.items).toEqual([]);
  expect(plain.stdout).toContain('actionset new created\n');
});
