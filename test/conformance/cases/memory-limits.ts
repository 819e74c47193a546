import { podCase, sh } from '../pod-of-case.ts';

const resources = { limits: { memory: '32Mi' } };
/** A shell that doubles what it holds until it is stopped. */
const greedy = 'a=0123456789; while :; do a=$a$a; done';
const options = { needsMemoryLimits: true };

podCase(
  'memory-limits',
  'a command that exceeds its limit',
  { spec: { containers: [{ name: 'main', resources, command: sh(greedy) }] }, error: true },
  options,
);
podCase(
  'memory-limits',
  'one that is started again after it',
  {
    spec: {
      restartPolicy: 'OnFailure',
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'main',
          resources,
          command: sh(`[ -e /v/f ] && exec sleep 1000; touch /v/f; ${greedy}`),
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        },
      ],
    },
    until: ({ containerStatuses: [first] = [] }) => first?.restartCount === 1 && first.ready,
    see: ['states'],
    error: true,
  },
  options,
);
podCase(
  'memory-limits',
  'an init container that exceeds its limit',
  {
    spec: {
      initContainers: [{ name: 'i', resources, command: sh(greedy) }],
      containers: [{ name: 'main', command: sh('true') }],
    },
    error: true,
  },
  options,
);
podCase(
  'memory-limits',
  'the events of a pod that exceeds its limit',
  {
    spec: { containers: [{ name: 'main', resources, command: sh(greedy) }] },
    see: ['events', 'conditions'],
    until: ({ phase, conditions = [] }) =>
      phase === 'Failed' &&
      conditions.some(({ type, status }) => type === 'PodReadyToStartContainers' && status === 'False'),
  },
  options,
);
podCase(
  'memory-limits',
  'two containers have limits of their own',
  {
    spec: {
      containers: [
        { name: 'greedy', resources, command: sh(greedy) },
        { name: 'modest', resources, command: sh('a=0123456789; sleep 2; echo $a') },
      ],
    },
    error: true,
  },
  options,
);
