import { CONFIG_MAPS } from '../../../src/kubernetes/resources.ts';
import type { ActionSet, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { Scenario } from '../scenario.ts';
import { object } from './objects.ts';

function waitForFlag(func: 'Wait' | 'WaitV2', condition: string, timeout: string): BlueprintPhase {
  const objectReference = {
    apiVersion: 'v1',
    resource: 'configmaps',
    name: 'flag',
    namespace: '{{ .Namespace.Name }}',
  };
  return { func, name: 'wait', args: { timeout, conditions: { anyOf: [{ condition, objectReference }] } } };
}

const FLAG = { type: CONFIG_MAPS, object: object('ConfigMap', 'flag', { data: { ready: 'no' } }) };

const isWaiting = ({ status }: ActionSet) => status?.actions[0]?.phases[1]?.state === 'running';

/** What a person, or another program, does to the application. */
export const WAITS: readonly Scenario[] = [
  {
    name: 'wait for what comes',
    objects: [FLAG],
    actions: {
      run: {
        phases: [
          { func: 'Once', name: 'before' },
          waitForFlag('WaitV2', '{{ eq .data.ready "yes" }}', '10m'),
          { func: 'Note', name: 'after' },
        ],
      },
    },
    actionSets: [[{}]],
    happenings: [
      {
        when: isWaiting,
        after: 8_000,
        act: async ({ client }) => {
          const name = { name: 'flag', namespace: 'app' };
          await client.patch(CONFIG_MAPS, name, { type: 'merge', body: { data: { ready: 'yes' } } });
        },
      },
    ],
    mayBeUnknown: true,
  },
  {
    name: 'wait for what never comes',
    objects: [FLAG],
    actions: {
      run: {
        phases: [waitForFlag('Wait', '{{ eq "{ $.data.ready }" "yes" }}', '20s')],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    mayBeUnknown: true,
  },
];
