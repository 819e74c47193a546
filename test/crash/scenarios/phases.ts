import { CONFIG_MAPS, SECRETS } from '../../../src/kubernetes/resources.ts';
import type { Scenario } from '../scenario.ts';
import { seededRandom } from '../seeded-random.ts';
import { object, update } from './objects.ts';

const PASSWORD = 'correct-horse-battery';

/** What an action is made of. */
export const PHASES: readonly Scenario[] = [
  {
    name: 'one phase',
    actions: { run: { phases: [{ func: 'Note', name: 'one', args: { value: 'x', temporary: true } }] } },
    actionSets: [[{}]],
  },
  {
    name: 'five phases',
    actions: {
      run: {
        phases: ['one', 'two', 'three', 'four', 'five'].map((name) => ({
          func: 'Note',
          name,
          args: { value: name },
        })),
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'artifacts and deferPhase',
    actions: {
      run: {
        outputArtifacts: { a: { keyValue: { one: '{{ .Phases.one.Output.value }}' } } },
        phases: [
          { func: 'Note', name: 'one', args: { value: 'x', temporary: true } },
          { func: 'Note', name: 'two', args: { value: '{{ .Phases.one.Output.value }}y' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup', args: { value: '{{ .Phases.one.Output.value }}' } },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'failing phase with deferPhase',
    actions: {
      run: {
        phases: [
          { func: 'Note', name: 'one', args: { temporary: true } },
          { func: 'Break', name: 'two' },
          { func: 'Note', name: 'three' },
        ],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    mayBeUnknown: true,
  },
  {
    name: 'unrepeatable step',
    actions: {
      run: {
        phases: [
          { func: 'Once', name: 'one', args: { value: 'x' } },
          { func: 'Note', name: 'two', args: { value: '{{ .Phases.one.Output.value }}' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    mayBeUnknown: true,
  },
  {
    name: 'unrepeatable step that may be repeated',
    actions: {
      run: {
        phases: [{ func: 'OnceOrMore', name: 'one', onInterrupted: 'repeat', args: { value: 'x' } }],
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'random values',
    actions: {
      run: {
        outputArtifacts: { a: { keyValue: { id: '{{ uuidv4 }}' } } },
        phases: ['one', 'two'].map((name) => ({
          func: 'Note',
          name,
          args: { value: '{{ randAlphaNum 12 }} {{ uuidv4 }}', temporary: true },
        })),
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'Secret that changes meanwhile',
    objects: [
      { type: SECRETS, object: object('Secret', 'login', { data: { password: base64(PASSWORD) } }) },
      { type: CONFIG_MAPS, object: object('ConfigMap', 'where', { data: { host: 'db' } }) },
    ],
    actions: {
      run: {
        phases: ['one', 'two'].map((name) => ({
          func: 'Note',
          name,
          objects: {
            login: { kind: 'Secret', name: 'login', namespace: 'app' },
            where: { kind: 'ConfigMap', name: 'where', namespace: 'app' },
          },
          args: {
            value: `{{ .Phases.${name}.ConfigMaps.where.Data.host }}`,
            hidden: `{{ index .Phases.${name}.Secrets.login.Data "password" | toString }}`,
            temporary: true,
          },
        })),
      },
    },
    actionSets: [[{}]],
    happenings: [
      {
        when: ({ status }) => status?.actions[0]?.phases[0]?.state === 'complete',
        act: ({ client }) =>
          update(client, SECRETS, 'login', (secret) =>
            Object.assign(secret, { data: { password: base64(`${PASSWORD}2`) } }),
          ),
      },
    ],
    canaries: [PASSWORD],
  },
  {
    name: 'object that changes meanwhile',
    objects: [{ type: CONFIG_MAPS, object: object('ConfigMap', 'where', { data: { host: 'db' } }) }],
    actions: {
      run: {
        phases: ['one', 'two'].map((name) => ({
          func: 'Note',
          name,
          args: { value: '{{ .Object.data.host }}', milliseconds: 500 },
        })),
      },
    },
    actionSets: [
      [{ object: { apiVersion: 'v1', group: '', resource: 'configmaps', name: 'where', namespace: 'app' } }],
    ],
    happenings: [
      {
        when: ({ status }) => status?.actions[0]?.phases[0]?.state === 'running',
        act: ({ client }) =>
          update(client, CONFIG_MAPS, 'where', (found) => Object.assign(found, { data: { host: 'db2' } })),
      },
    ],
  },
  {
    name: 'output of half a megabyte',
    actions: {
      run: {
        phases: [
          { func: 'Note', name: 'one', args: { value: '{{ repeat 500000 "x" }}' } },
          { func: 'Note', name: 'two', args: { value: '{{ len .Phases.one.Output.value }}' } },
        ],
      },
    },
    actionSets: [[{}]],
    isHeavy: true,
  },
  {
    name: 'output that does not fit',
    actions: {
      run: {
        phases: [{ func: 'Note', name: 'one', args: { value: '{{ repeat 1500000 "x" }}' } }],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    isHeavy: true,
  },
  {
    name: 'object too large for the journal',
    objects: [
      {
        type: CONFIG_MAPS,
        object: object('ConfigMap', 'large', {
          data: { noise: Buffer.from(seededRandom('noise').bytes(80_000)).toString('base64') },
        }),
      },
    ],
    actions: {
      run: { phases: [{ func: 'Note', name: 'one', args: { value: '{{ .Object.data.noise | len }}' } }] },
    },
    actionSets: [
      [{ object: { apiVersion: 'v1', group: '', resource: 'configmaps', name: 'large', namespace: 'app' } }],
    ],
    isHeavy: true,
  },
  {
    name: 'original CRDs',
    actions: {
      run: {
        phases: ['one', 'two'].map((name) => ({
          func: 'Note',
          name,
          args: { value: name, temporary: true },
        })),
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    originalCrds: true,
  },
];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
