import { PODS as POD_TYPE } from '../../../src/kubernetes/resources.ts';
import type { ActionSet, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import type { Pod } from '../../../src/pods/pod.ts';
import type { Happening, Scenario } from '../scenario.ts';
import { object } from './objects.ts';

/** Labels tell the suite which work is of which phase. */
function task(name: string, command: string[], rest: Partial<BlueprintPhase> = {}): BlueprintPhase {
  const args: JsonObject = {
    image: 'tools',
    namespace: 'kanister',
    command,
    podLabels: { action: 'run', phase: name },
  };
  return { func: 'KubeTask', name, args, ...rest };
}

const isRunning = ({ status }: ActionSet) => status?.actions[0]?.phases[0]?.state === 'running';

/** Something that happens to the pod of a run, so long after its phase began. */
function toThePod(
  after: number,
  act: (node: Parameters<Happening['act']>[0]['node'], pod: Pod) => Promise<void> | void,
): Happening {
  return {
    when: isRunning,
    after,
    async act({ client, node }) {
      const { items } = await client.list<Pod>(POD_TYPE, { namespace: 'kanister' });
      const [pod] = items;
      if (pod) await act(node, pod);
    },
  };
}

/** Work that is done elsewhere, and goes on when the operator does not. */
export const PODS: readonly Scenario[] = [
  {
    name: 'job pod',
    actions: {
      run: {
        phases: [
          task('job', ['work', '20000', 'one=1', 'two=2']),
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.job.Output.two }}' } },
        ],
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'failing job pod with deferPhase',
    actions: {
      run: {
        phases: [task('job', ['fail', '3000'])],
        deferPhase: task('cleanup', ['work', '2000', 'done=1']),
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'exec',
    objects: [
      {
        type: POD_TYPE,
        object: object('Pod', 'db', {
          spec: { containers: [{ name: 'db', image: 'db', command: ['serve'] }] },
        }),
      },
    ],
    actions: {
      run: {
        phases: [
          { func: 'Note', name: 'before', args: { milliseconds: 3_000 } },
          {
            func: 'KubeExec',
            name: 'exec',
            args: { namespace: 'app', pod: 'db', container: 'db', command: ['act', 'exec', '4000'] },
          },
          { func: 'Note', name: 'after', args: { value: '{{ .Phases.exec.Output.done }}' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    mayBeUnknown: true,
    mayFailOnTrouble: true,
  },
  {
    name: 'pod that vanishes',
    actions: {
      run: {
        phases: [task('job', ['work', '20000', 'one=1'])],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    happenings: [toThePod(9_000, (node, pod) => node.lose(pod))],
    workMayBeginAgain: true,
    mayBeUnknown: true,
    // A process that begins late may find that the pod has done its work.
    outcomeVaries: true,
  },
  {
    name: 'log that is rotated',
    actions: { run: { phases: [task('job', ['work', '20000', 'one=1', 'two=2'])] } },
    actionSets: [[{}]],
    happenings: [toThePod(12_000, (node, pod) => node.rotateLog(pod))],
    mayBeUnknown: true,
    // What is rotated away before anybody has read it is not missed.
    outcomeVaries: true,
  },
  {
    name: 'pod that does not end in time',
    actions: {
      run: {
        phases: [task('job', ['endure'], { timeout: '10s' })],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    mayBeUnknown: true,
    outcomeVaries: true,
  },
  {
    name: 'retried pod',
    actions: {
      run: {
        phases: [task('job', ['fail', '2000'], { retry: { attempts: 3, backoff: '1s' } })],
        deferPhase: { func: 'Once', name: 'cleanup' },
      },
    },
    actionSets: [[{}]],
    mayBeUnknown: true,
  },
];
