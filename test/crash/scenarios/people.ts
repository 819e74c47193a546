import {
  ACTION_SETS,
  BLUEPRINTS,
  type ActionSet,
  type BlueprintAction,
} from '../../../src/api/kanister/types.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import type { Happening, Scenario } from '../scenario.ts';
import { SECRETS } from '../../../src/kubernetes/resources.ts';
import { cancel, object, update } from './objects.ts';

const TWO_PHASES: Record<string, BlueprintAction> = {
  run: {
    phases: [
      { func: 'Note', name: 'one', args: { value: 'x', temporary: true, milliseconds: 2_000 } },
      { func: 'Note', name: 'two', args: { value: '{{ .Phases.one.Output.value }}' } },
    ],
    deferPhase: { func: 'Once', name: 'cleanup' },
  },
};

const isRunning = ({ status }: ActionSet) => status?.actions[0]?.phases[0]?.state === 'running';

/** Once the first phase runs. */
function meanwhile(act: Happening['act']): Happening {
  return { when: isRunning, after: 100, act };
}

/** What people do while an action runs. */
export const PEOPLE: readonly Scenario[] = [
  {
    name: 'deleted while it runs',
    actions: TWO_PHASES,
    actionSets: [[{}]],
    happenings: [
      meanwhile(
        async ({ client }) =>
          void (await client.delete(ACTION_SETS, { name: 'as-0', namespace: 'kanister' })),
      ),
    ],
    mayBeUnknown: true,
  },
  {
    name: 'deleted between two phases',
    actions: {
      run: {
        phases: [
          { func: 'Heed', name: 'one' },
          { func: 'Once', name: 'two' },
        ],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [
      meanwhile(
        async ({ client }) =>
          void (await client.delete(ACTION_SETS, { name: 'as-0', namespace: 'kanister' })),
      ),
    ],
    mayBeUnknown: true,
  },
  {
    name: 'cancelled while it runs',
    actions: TWO_PHASES,
    actionSets: [[{}]],
    happenings: [meanwhile(cancel)],
    mayBeUnknown: true,
    // A cancel can come too late for a run that was held up.
    outcomeVaries: true,
  },
  {
    name: 'cancelled pod that endures',
    actions: {
      run: {
        phases: [
          {
            func: 'KubeTask',
            name: 'job',
            args: {
              image: 'tools',
              namespace: 'kanister',
              command: ['endure'],
              podLabels: { action: 'run', phase: 'job' },
            },
          },
        ],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [{ when: isRunning, after: 5_000, act: cancel }],
    mayBeUnknown: true,
    outcomeVaries: true,
  },
  {
    name: 'replaced without its status',
    actions: {
      run: {
        phases: [
          { func: 'Once', name: 'one' },
          { func: 'Note', name: 'two', args: { milliseconds: 2_000 } },
        ],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [
      meanwhile(({ client }) =>
        update(client, ACTION_SETS, 'as-0', (found) => ({ ...found, status: null }), 'kanister'),
      ),
    ],
    outcomeVaries: true,
  },
  {
    name: 'Blueprint edited',
    actions: TWO_PHASES,
    actionSets: [[{}]],
    happenings: [
      meanwhile(({ client }) =>
        update(
          client,
          BLUEPRINTS,
          'bp',
          (found): KubernetesObject & { actions: object } => ({
            ...found,
            actions: { run: { phases: [{ func: 'Break', name: 'one' }] } },
          }),
          'kanister',
        ),
      ),
    ],
    mayBeUnknown: true,
  },
  {
    name: 'Secret of a phase deleted',
    objects: [{ type: SECRETS, object: object('Secret', 'login', { data: {} }) }],
    actions: {
      run: {
        phases: [
          {
            func: 'Note',
            name: 'one',
            objects: { login: { kind: 'Secret', name: 'login', namespace: 'app' } },
            args: { temporary: true },
          },
          { func: 'Note', name: 'two', args: { temporary: true } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [
      {
        when: ({ status }) => status?.actions[0]?.phases[0]?.state === 'complete',
        act: async ({ client }) => void (await client.delete(SECRETS, { name: 'login', namespace: 'app' })),
      },
    ],
    outcomeVaries: true,
    runsDeferPhase: true,
  },
  {
    name: 'Secret of the action deleted',
    objects: [{ type: SECRETS, object: object('Secret', 'login', { data: {} }) }],
    actions: TWO_PHASES,
    actionSets: [[{ secrets: { login: { kind: 'Secret', name: 'login', namespace: 'app' } } }]],
    happenings: [
      meanwhile(
        async ({ client }) => void (await client.delete(SECRETS, { name: 'login', namespace: 'app' })),
      ),
    ],
    mayBeUnknown: true,
    outcomeVaries: true,
    runsDeferPhase: true,
  },
  {
    name: 'Blueprint deleted',
    actions: TWO_PHASES,
    actionSets: [[{}]],
    happenings: [
      meanwhile(
        async ({ client }) => void (await client.delete(BLUEPRINTS, { name: 'bp', namespace: 'kanister' })),
      ),
    ],
    mayBeUnknown: true,
  },
];
