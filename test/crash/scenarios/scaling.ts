import type { BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { JsonObject, KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { DEPLOYMENTS, REPLICA_SETS, SECRETS, STATEFUL_SETS } from '../../../src/kubernetes/resources.ts';
import type { Pod } from '../../../src/pods/pod.ts';
import type { WorkloadObject } from '../../../src/pods/workload.ts';
import type { Scenario } from '../scenario.ts';
import { object } from './objects.ts';

const labels = { app: 'web' };

function workload(kind: string, rest: object = {}): KubernetesObject {
  const spec = {
    replicas: 3,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'web', command: ['serve'] }] },
    },
    ...rest,
  };
  return { ...object(kind, 'web', { spec }), apiVersion: 'apps/v1' };
}

/** It is only an object: no pods come of it. */
const WEB = { type: STATEFUL_SETS, object: workload('StatefulSet', { serviceName: 'web' }) };

function scale(name: string, replicas: number | string, args: JsonObject): BlueprintPhase {
  return { func: 'ScaleWorkload', name, args: { replicas, ...args } };
}

const DEPLOYMENT = { kind: 'deployment', name: 'web', namespace: 'app' };
const ORIGINAL = '{{ .Phases.down.Output.originalReplicaCount }}';

/** The undo can have been refused for so long that it was given up, which is told. */
function faultOfCount(storage: string, wanted: number): NonNullable<Scenario['faultAtEnd']> {
  return (objects, error) => {
    const [web] = objects(storage) as WorkloadObject[];
    const count = web?.spec?.replicas;
    return count === wanted || error.includes('could not be undone')
      ? undefined
      : `web has ${count} replicas`;
  };
}

/** Workloads that are scaled for a while. */
export const SCALING: readonly Scenario[] = [
  {
    name: 'workload scaled to zero and back',
    objects: [WEB],
    actions: {
      run: {
        phases: [
          scale('down', 0, { waitForReady: false }),
          { func: 'Note', name: 'restore', args: { milliseconds: 1_000, temporary: true } },
          scale('up', ORIGINAL, { waitForReady: false }),
        ],
      },
    },
    actionSets: [[{ object: { kind: 'statefulset', name: 'web', namespace: 'app' } }]],
    mayFailOnTrouble: true,
  },
  {
    name: 'workload scaled to zero for a restore that fails',
    objects: [WEB],
    actions: {
      run: {
        phases: [
          scale('down', 0, { waitForReady: false, restoreReplicasOnFailure: true }),
          { func: 'Break', name: 'restore' },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{ object: { kind: 'statefulset', name: 'web', namespace: 'app' } }]],
    mayFailOnTrouble: true,
    faultAtEnd: faultOfCount('statefulsets.apps', 3),
  },
  {
    // What an ended process has asked for may be carried out when its successor has found nothing to undo.
    name: 'workload scaled to zero for a restore whose time is up',
    objects: [WEB],
    actions: {
      run: {
        timeout: '1s',
        phases: [
          scale('down', 0, { waitForReady: false, restoreReplicasOnFailure: true }),
          { func: 'Note', name: 'restore', args: { milliseconds: 300, temporary: true } },
        ],
      },
    },
    actionSets: [[{ object: { kind: 'statefulset', name: 'web', namespace: 'app' } }]],
    mayFailOnTrouble: true,
    outcomeVaries: true,
    faultAtEnd: (objects, error) => faultOfCount('statefulsets.apps', error === '' ? 0 : 3)(objects, error),
  },
  {
    // A process that begins after it is gone can't launch the action again: what was done before is undone all the same.
    name: 'workload scaled to zero for an object that vanishes',
    objects: [WEB, { type: SECRETS, object: object('Secret', 'subject', { data: {} }) }],
    actions: {
      run: {
        phases: [
          scale('down', 0, {
            kind: 'statefulset',
            name: 'web',
            namespace: 'app',
            waitForReady: false,
            restoreReplicasOnFailure: true,
          }),
          { func: 'Note', name: 'restore', args: { milliseconds: 5_000, temporary: true } },
        ],
      },
    },
    actionSets: [
      [{ object: { apiVersion: 'v1', group: '', resource: 'secrets', name: 'subject', namespace: 'app' } }],
    ],
    happenings: [
      {
        when: ({ status }) => status?.actions[0]?.phases[1]?.state === 'running',
        act: async ({ client }) => {
          await client.delete(SECRETS, { name: 'subject', namespace: 'app' });
        },
      },
    ],
    mayFailOnTrouble: true,
    outcomeVaries: true,
    faultAtEnd: (objects, error) => faultOfCount('statefulsets.apps', error === '' ? 0 : 3)(objects, error),
  },
  {
    name: 'workload scaled to zero and back for a check that fails',
    objects: [WEB],
    actions: {
      run: {
        phases: [
          scale('down', 0, { waitForReady: false, restoreReplicasOnFailure: true }),
          { func: 'Note', name: 'restore' },
          scale('up', ORIGINAL, { waitForReady: false, restoreReplicasOnFailure: true }),
          { func: 'Break', name: 'check' },
        ],
      },
    },
    actionSets: [[{ object: { kind: 'statefulset', name: 'web', namespace: 'app' } }]],
    mayFailOnTrouble: true,
    faultAtEnd(objects, error) {
      const fault = faultOfCount('statefulsets.apps', 3)(objects, error);
      if (fault !== undefined) return fault;
      const [web] = objects('statefulsets.apps');
      // Down and up: a third change would have stopped pods that run.
      const changes = (web?.metadata?.generation ?? 1) - 1;
      return changes > 2 ? `the number of replicas changed ${changes} times` : undefined;
    },
  },
  {
    name: 'Deployment scaled to zero and back, until its pods are gone and ready',
    objects: [{ type: DEPLOYMENTS, object: workload('Deployment', { replicas: 2 }) }],
    actions: {
      run: {
        phases: [
          // Until its first pods run.
          { func: 'Note', name: 'before', args: { milliseconds: 2_000 } },
          scale('down', 0, DEPLOYMENT),
          { func: 'Note', name: 'restore', args: { milliseconds: 1_000 } },
          scale('up', ORIGINAL, DEPLOYMENT),
        ],
      },
    },
    actionSets: [[{}]],
    mayFailOnTrouble: true,
    faultAtEnd(objects, error) {
      if (error !== '') return undefined;
      const pods = objects('pods') as Pod[];
      const states = pods.map(({ status }) => status?.phase);
      return states.join() === 'Running,Running' ? undefined : `its pods are ${states.join()}`;
    },
  },
  {
    name: 'kind of which only the Scale is known, scaled to zero for a restore that fails',
    objects: [{ type: REPLICA_SETS, object: workload('ReplicaSet') }],
    actions: {
      run: {
        phases: [
          scale('down', 0, {
            kind: 'ReplicaSet',
            name: 'web',
            namespace: 'app',
            waitForReady: false,
            restoreReplicasOnFailure: true,
          }),
          { func: 'Break', name: 'restore' },
        ],
      },
    },
    actionSets: [[{}]],
    mayFailOnTrouble: true,
    faultAtEnd: faultOfCount('replicasets.apps', 3),
  },
];
