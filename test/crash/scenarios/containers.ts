import type { ActionSet, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import { PERSISTENT_VOLUME_CLAIMS } from '../../../src/kubernetes/resources.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import type { Scenario } from '../scenario.ts';
import { cancel, member, object } from './objects.ts';

/** Three containers on one volume: `output` prints what `init` has left there. */
function several(name: string, commands: Record<'init' | 'background' | 'output', string[]>): BlueprintPhase {
  const args: JsonObject = {
    namespace: 'kanister',
    initImage: 'tools',
    initCommand: commands.init,
    backgroundImage: 'tools',
    backgroundCommand: commands.background,
    outputImage: 'tools',
    outputCommand: commands.output,
    sharedVolumeDir: '/shared',
    podLabels: { action: 'run', phase: name },
  };
  return { func: 'MultiContainerRun', name, args };
}

function onVolume(name: string, command: string[], rest: JsonObject = {}): BlueprintPhase {
  const args = {
    namespace: 'app',
    image: 'tools',
    command,
    volumes: { data: '/data' },
    podLabels: { action: 'run', phase: name },
    ...rest,
  };
  return { func: 'PrepareData', name, args };
}

const DATA = {
  type: PERSISTENT_VOLUME_CLAIMS,
  object: object('PersistentVolumeClaim', 'data', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
};

const PREPARE = ['write', '3000', '/shared/place=here'];
const TELL = ['read', '20000', 'place=/shared/place'];

const isRunning = ({ status }: ActionSet) => status?.actions[0]?.phases[0]?.state === 'running';

/** Work of several containers, or on volumes that outlive it. */
export const CONTAINERS: readonly Scenario[] = [
  {
    name: 'containers that share a volume',
    actions: {
      run: {
        phases: [
          several('several', { init: PREPARE, background: ['work', '9000', 'hidden=1'], output: TELL }),
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.several.Output.place }}' } },
        ],
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'container that goes on after the one with the outputs',
    actions: {
      run: {
        phases: [
          several('several', {
            init: PREPARE,
            background: ['work', '30000'],
            output: ['read', '6000', 'place=/shared/place'],
          }),
        ],
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'failing init container with deferPhase',
    actions: {
      run: {
        phases: [several('several', { init: ['fail', '3000'], background: ['endure'], output: TELL })],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'container that is left alone',
    actions: {
      run: {
        phases: [several('several', { init: PREPARE, background: ['fail', '4000'], output: ['endure'] })],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'cancelled containers that endure',
    actions: {
      run: {
        phases: [several('several', { init: PREPARE, background: ['endure'], output: ['endure'] })],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [{ when: isRunning, after: 7_000, act: cancel }],
  },
  {
    name: 'data on a volume',
    objects: [DATA],
    actions: {
      run: {
        phases: [
          onVolume('prepare', ['write', '8000', '/data/dump=all of it'], { failOnError: true }),
          onVolume('check', ['read', '12000', 'found=/data/dump']),
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.check.Output.found }}' } },
        ],
        deferPhase: onVolume('cleanup', ['work', '2000', 'done=1']),
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'failing command on a volume',
    objects: [DATA],
    actions: {
      run: {
        phases: [
          onVolume('ignored', ['fail', '3000']),
          onVolume('counted', ['fail', '3000'], { failOnError: true }),
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'exec in all containers',
    objects: [member('db-0'), member('db-1')],
    actions: {
      run: {
        phases: [
          { func: 'Note', name: 'before', args: { milliseconds: 3_000 } },
          {
            func: 'KubeExecAll',
            name: 'exec',
            args: {
              namespace: 'app',
              pods: 'db-0 db-1',
              containers: 'db proxy',
              command: ['each', 'exec', '4000'],
            },
          },
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.exec.Output.db_1_proxy }}' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    // A command whose connection broke can neither be recognised nor begun again.
    mayBeUnknown: true,
    mayFailOnTrouble: true,
  },
];
