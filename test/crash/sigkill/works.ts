import type {
  ActionSetSpec,
  ActionSpec,
  BlueprintAction,
  BlueprintPhase,
} from '../../../src/api/kanister/types.ts';
import { IMAGES } from '../../integration/images.ts';

/** Where the commands of a run act. */
export interface Site {
  /** Of the operators, the Blueprint and the ActionSets. */
  namespace: string;
  /** Of the pods in which something is done. */
  workplace: string;
  /** A claim of the workplace, which pods mount at `/ledger`. */
  claim: string;
  /** A pod of the workplace that has the ledger, too: execs go there. */
  target: string;
  /** A Deployment of the workplace that is this run's own. */
  deployment: string;
}

/** An ActionSet, and what it does to the world when nothing interrupts it. */
export interface Work {
  name: string;
  actions: Record<string, BlueprintAction>;
  spec(site: Site): ActionSetSpec;
  ends: 'complete' | 'failed';
  /** What its commands write into the ledger, in this order. */
  marks: string[];
  /** How many pods are made for it. */
  pods: number;
  /** It ends as failed, its outcome unknown, when a command that can't be recognised later is cut off. */
  mayBeUnknown?: true;
  /** Its commands may be run again. */
  mayRepeat?: true;
}

export const PURGED = 'purged';

/** What has been done, line by line: `begin` or `end`, the key of the command, its host. */
export const ledgerOf = ({ namespace }: Site): string => `/ledger/${namespace}`;

/** Every function, and every rule of a phase that changes what an interruption may do. */
export function works(site: Site): Work[] {
  const { namespace, workplace, deployment } = site;
  const task = (name: string, command: Command): BlueprintPhase => ({
    name,
    func: 'KubeTask',
    args: {
      namespace: workplace,
      image: IMAGES.shell,
      command: shell(site, command),
      podOverride: withLedger(site),
    },
  });
  const exec = (name: string, command: Command): BlueprintPhase => ({
    name,
    func: 'KubeExec',
    args: { namespace: workplace, pod: site.target, command: shell(site, command) },
  });
  const detached = (name: string, command: Command): BlueprintPhase => {
    const { args, ...phase } = exec(name, command);
    return { ...phase, args: { ...args, detached: true } };
  };
  const scale = (name: string, replicas: number | string): BlueprintPhase => ({
    name,
    func: 'ScaleWorkload',
    args: { replicas },
  });

  return [
    {
      name: 'task',
      actions: {
        task: {
          outputArtifacts: { made: { keyValue: { late: '{{ .Phases.produce.Output.late }}' } } },
          phases: [
            task('produce', { key: 'task/produce', seconds: 3, outputs: ['early', 'late'] }),
            { ...task('never', { key: 'task/never' }), if: '{{ eq "a" "b" }}' },
            task('consume', {
              key: 'task/consume',
              check: 'test "$1$2" = earlylate',
              args: ['{{ .Phases.produce.Output.early }}', '{{ .Phases.produce.Output.late }}'],
            }),
          ],
          deferPhase: task('tidy', { key: 'task/tidy', outputs: ['tidied'] }),
        },
      },
      spec: () => one('task', onNamespace(namespace)),
      ends: 'complete',
      marks: done('task/produce', 'task/consume', 'task/tidy'),
      pods: 3,
    },
    {
      name: 'exec',
      actions: {
        exec: {
          phases: [
            exec('first', { key: 'exec/first', seconds: 2, outputs: ['first'] }),
            exec('second', { key: 'exec/second', seconds: 1, outputs: ['second'] }),
            exec('third', { key: 'exec/third', seconds: 1 }),
          ],
          deferPhase: exec('tidy', { key: 'exec/tidy', outputs: ['tidied'] }),
        },
      },
      spec: () => one('exec', onNamespace(namespace)),
      ends: 'complete',
      marks: done('exec/first', 'exec/second', 'exec/third', 'exec/tidy'),
      pods: 0,
      mayBeUnknown: true,
    },
    {
      // Never unknown: each is found again.
      name: 'detached',
      actions: {
        detached: {
          phases: [
            detached('first', { key: 'detached/first', seconds: 2, outputs: ['early', 'late'] }),
            detached('second', {
              key: 'detached/second',
              seconds: 1,
              check: 'test "$1$2" = earlylate',
              args: ['{{ .Phases.first.Output.early }}', '{{ .Phases.first.Output.late }}'],
            }),
          ],
          deferPhase: detached('tidy', { key: 'detached/tidy', outputs: ['tidied'] }),
        },
      },
      spec: () => one('detached', onNamespace(namespace)),
      ends: 'complete',
      marks: done('detached/first', 'detached/second', 'detached/tidy'),
      pods: 0,
    },
    {
      name: 'exec-all',
      actions: {
        'exec-all': {
          phases: [
            {
              name: 'all',
              func: 'KubeExecAll',
              args: {
                namespace: workplace,
                pods: [site.target],
                containers: 'main',
                command: shell(site, { key: 'exec-all/all', seconds: 2, outputs: ['all'] }),
              },
            },
          ],
        },
      },
      spec: () => one('exec-all', onNamespace(namespace)),
      ends: 'complete',
      marks: done('exec-all/all'),
      pods: 0,
      mayBeUnknown: true,
    },
    {
      name: 'repeat',
      actions: {
        repeat: {
          phases: [
            {
              ...exec('again', { key: 'repeat/again', seconds: 2, outputs: ['again'] }),
              onInterrupted: 'repeat',
            },
          ],
        },
      },
      spec: () => one('repeat', onNamespace(namespace)),
      ends: 'complete',
      marks: done('repeat/again'),
      pods: 0,
      mayRepeat: true,
    },
    {
      name: 'scale',
      actions: {
        scale: {
          kind: 'Deployment',
          phases: [
            scale('down', 0),
            task('while-down', { key: 'scale/while-down', seconds: 1 }),
            scale('up', '{{ .Phases.down.Output.originalReplicaCount }}'),
          ],
        },
      },
      spec: () => one('scale', { object: { kind: 'Deployment', name: deployment, namespace: workplace } }),
      ends: 'complete',
      marks: done('scale/while-down'),
      pods: 1,
    },
    {
      name: 'purge',
      actions: {
        purge: { phases: [{ name: 'delete', func: 'LocationDelete', args: { artifact: PURGED } }] },
      },
      spec: () => one('purge', { ...onNamespace(namespace), profile: { name: 'store', namespace } }),
      ends: 'complete',
      marks: [],
      pods: 0,
    },
    {
      name: 'retry',
      actions: {
        retry: {
          phases: [
            {
              ...task('flaky', {
                key: 'retry/flaky',
                seconds: 1,
                check: `test "$(grep -c 'begin retry/flaky' ${ledgerOf(site)})" -ge 2`,
              }),
              retry: { attempts: 3, backoff: '500ms' },
            },
          ],
        },
      },
      spec: () => one('retry', onNamespace(namespace)),
      ends: 'complete',
      marks: done('retry/flaky', 'retry/flaky'),
      pods: 2,
    },
    {
      name: 'chain',
      actions: {
        first: {
          outputArtifacts: { link: { keyValue: { value: '{{ .Phases.make.Output.link }}' } } },
          phases: [task('make', { key: 'chain/first', seconds: 1, outputs: ['link'] })],
        },
        second: {
          phases: [
            task('use', {
              key: 'chain/second',
              check: 'test "$1" = link',
              args: ['{{ .ArtifactsIn.link.KeyValue.value }}'],
            }),
          ],
        },
      },
      spec: () => ({
        actions: [
          { ...action('second', onNamespace(namespace)), needs: ['first'] },
          action('first', onNamespace(namespace)),
        ],
      }),
      ends: 'complete',
      marks: done('chain/first', 'chain/second'),
      pods: 2,
    },
    {
      name: 'broken',
      actions: {
        broken: {
          phases: [
            task('break', { key: 'broken/break', seconds: 1, check: 'exit 3' }),
            task('never', { key: 'broken/never' }),
          ],
          deferPhase: exec('tidy', { key: 'broken/tidy', outputs: ['tidied'] }),
        },
      },
      spec: () => one('broken', onNamespace(namespace)),
      ends: 'failed',
      marks: done('broken/break', 'broken/tidy'),
      pods: 1,
      mayBeUnknown: true,
    },
  ];
}

export const BLUEPRINT = 'works';

interface Command {
  key: string;
  seconds?: number;
  /** Each is its own value; the first is printed at the start, the others at the end. */
  outputs?: string[];
  /** A shell command before the end. */
  check?: string;
  args?: string[];
}

/** Marks its begin and its end in the ledger; its lines are short enough to be written as one. */
function shell(site: Site, { key, seconds = 0, outputs = [], check = 'true', args = [] }: Command): string[] {
  const mark = (what: string) => `echo "${what} ${key} $HOSTNAME" >> ${ledgerOf(site)}`;
  const [first = [], ...others] = outputs.map((name) => [
    `echo '###Phase-output###: ${JSON.stringify({ key: name, value: name })}'`,
  ]);
  const lines = [
    mark('begin'),
    `trap '${mark('end')}' EXIT`,
    ...first,
    `sleep ${seconds}`,
    ...others.flat(),
    check,
  ];
  return ['sh', '-euc', lines.join('\n'), '--', ...args];
}

/** A shell that is a container's first process ignores SIGTERM: what is removed is killed soon. */
const withLedger = ({ claim }: Site) => ({
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'container', volumeMounts: [{ name: 'ledger', mountPath: '/ledger' }] }],
  volumes: [{ name: 'ledger', persistentVolumeClaim: { claimName: claim } }],
});

const done = (...keys: string[]): string[] => keys.flatMap((key) => [`begin ${key}`, `end ${key}`]);

const onNamespace = (name: string): Pick<ActionSpec, 'object'> => ({
  object: { kind: 'Namespace', name, namespace: name },
});

const action = (name: string, about: Omit<ActionSpec, 'name'>): ActionSpec => ({
  name,
  blueprint: BLUEPRINT,
  ...about,
});

const one = (name: string, about: Omit<ActionSpec, 'name'>): ActionSetSpec => ({
  actions: [action(name, about)],
});
