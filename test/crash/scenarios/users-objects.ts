import type { ActionSet, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import { CONFIG_MAPS } from '../../../src/kubernetes/resources.ts';
import type { Scenario } from '../scenario.ts';
import { object } from './objects.ts';

const MADE = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'generated-' } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } },
];

const READER = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
};
const READER_REFERENCE = {
  apiVersion: 'v1',
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterroles',
  name: 'reader',
};

const named = (name: string) => ({ apiVersion: 'v1', resource: 'configmaps', name, namespace: 'app' });

function ops(name: string, operation: string, args: JsonObject): BlueprintPhase {
  return { func: 'KubeOps', name, args: { operation, namespace: 'app', ...args } };
}

const isDeleting = ({ status }: ActionSet) => status?.actions[0]?.phases[3]?.state === 'running';

/** What KubeOps does to objects of users, which it must neither make twice nor take from each other. */
export const USERS_OBJECTS: readonly Scenario[] = [
  {
    name: 'objects of users',
    objects: [
      { type: CONFIG_MAPS, object: object('ConfigMap', 'patched', { data: { a: '1' } }) },
      {
        type: CONFIG_MAPS,
        object: {
          ...object('ConfigMap', 'held', {}),
          metadata: { name: 'held', namespace: 'app', finalizers: ['example.com/hold'] },
        },
      },
    ],
    actions: {
      run: {
        phases: [
          ops('create', 'create', { spec: MADE.map((one) => JSON.stringify(one)).join('\n') }),
          ops('patch', 'patch', { objectReference: named('patched'), spec: 'data: {b: "2"}' }),
          ops('apply', 'apply', {
            spec: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: "1"}',
          }),
          ops('wait', 'delete', { objectReference: named('held') }),
          ops('delete', 'delete', { objectReference: named('made') }),
        ],
      },
    },
    actionSets: [[{}]],
    happenings: [
      {
        when: isDeleting,
        after: 8_000,
        act: async ({ client }) => {
          const body = { metadata: { finalizers: null } };
          await client.patch(CONFIG_MAPS, { name: 'held', namespace: 'app' }, { type: 'merge', body });
        },
      },
    ],
  },
  {
    // What is made by a request that is carried out after the deletion stays: it is the user's, and nobody's to remove.
    name: 'object of no namespace, made and deleted',
    actions: {
      run: {
        phases: [
          { func: 'KubeOps', name: 'create', args: { operation: 'create', spec: JSON.stringify(READER) } },
          { func: 'Note', name: 'between' },
          {
            func: 'KubeOps',
            name: 'delete',
            args: { operation: 'delete', objectReference: READER_REFERENCE },
          },
        ],
      },
    },
    actionSets: [[{}]],
  },
];
