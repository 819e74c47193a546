import type { ActionSet } from '../../../src/api/kanister/types.ts';
import { PODS } from '../../../src/kubernetes/resources.ts';
import type { Pod } from '../../../src/pods/pod.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import type { Scenario } from '../scenario.ts';
import { cancel, member } from './objects.ts';

function exec(command: string[], rest: JsonObject = {}) {
  const args = { namespace: 'app', pod: 'db-0', container: 'db', command, detached: true, ...rest };
  return { func: 'KubeExec', name: 'exec', args };
}

const EVERYWHERE = { namespace: 'app', pods: ['db-0', 'db-1'], containers: ['db', 'proxy'], detached: true };

/** By when the pods run. */
const BEFORE = { func: 'Note', name: 'before', args: { milliseconds: 3_000 } };

const isExecuting = ({ status }: ActionSet) => status?.actions[0]?.phases[1]?.state === 'running';

/** Commands that go on in their containers, whatever becomes of who began them: none is begun twice, none is lost. */
export const DETACHED: readonly Scenario[] = [
  {
    name: 'detached exec',
    objects: [member('db-0')],
    actions: {
      run: {
        phases: [
          BEFORE,
          exec(['each', 'exec', '12000']),
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.exec.Output.db_0_db }}' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'failing detached exec',
    objects: [member('db-0')],
    actions: {
      run: {
        phases: [BEFORE, exec(['break', 'exec', '4000'])],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'detached exec in all containers',
    objects: [member('db-0'), member('db-1')],
    actions: {
      run: {
        phases: [
          BEFORE,
          {
            func: 'KubeExecAll',
            name: 'exec',
            args: { ...EVERYWHERE, command: ['each', 'exec', '4000'] },
          },
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.exec.Output.db_1_proxy }}' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'detached exec with large outputs',
    objects: [member('db-0')],
    actions: {
      run: {
        phases: [BEFORE, exec(['each', 'exec', '4000', '20000'])],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    // They are more than the journal takes: once their directory is removed, and before the phase's result is stored, they are nowhere else.
    mayBeUnknown: true,
  },
  {
    name: 'detached exec whose pod vanishes',
    objects: [member('db-0')],
    actions: {
      run: {
        phases: [BEFORE, exec(['each', 'exec', '12000'])],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [
      {
        when: isExecuting,
        after: 6_000,
        async act({ client, node }) {
          const pod = await client.get<Pod>(PODS, { name: 'db-0', namespace: 'app' });
          await node.lose(pod);
        },
      },
    ],
    mayBeUnknown: true,
    // Who begins it late may find the pod gone, or the command ended.
    outcomeVaries: true,
  },
  {
    name: 'cancelled detached exec',
    objects: [member('db-0')],
    actions: {
      run: {
        phases: [BEFORE, exec(['each', 'exec', '60000'])],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [{ when: isExecuting, after: 4_000, act: cancel }],
  },
];
