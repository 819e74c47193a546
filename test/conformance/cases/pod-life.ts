import { conditionsOf, podCase, runPod, sh } from '../pod-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';

const main = (command: string[], more: object = {}) => ({ containers: [{ name: 'main', command, ...more }] });
const isWaiting =
  (reason: string) => (status: { containerStatuses?: { state: { waiting?: { reason?: string } } }[] }) =>
    status.containerStatuses?.some(({ state }) => state.waiting?.reason === reason) ?? false;

podCase('exit-codes', 'a command that succeeds', { spec: main(sh('echo done')) });
podCase('exit-codes', 'a command that fails', { spec: main(sh('echo bad >&2; exit 42')), error: true });
podCase('exit-codes', 'a command that is killed', {
  spec: main(sh('sleep 100 & kill -9 $!; wait $!')),
  error: true,
});
podCase('exit-codes', 'a program that does not exist', { spec: main(['no-such-program']), error: true });
podCase('exit-codes', 'one container of two fails', {
  spec: {
    containers: [
      { name: 'a', command: sh('exit 0') },
      { name: 'b', command: sh('exit 3') },
    ],
  },
  error: true,
});

podCase('init-containers', 'they run in order, before the others', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: ['one', 'two'].map((name) => ({
      name,
      command: sh(`echo ${name} >>/v/f`),
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    })),
    containers: [{ name: 'main', command: sh('cat /v/f'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
  },
});
podCase('init-containers', 'one that fails in a pod that is not restarted', {
  spec: { initContainers: [{ name: 'i', command: sh('exit 4') }], ...main(sh('true')) },
  see: ['states', 'conditions'],
  error: true,
});
podCase('init-containers', 'a sidecar runs beside the others, and ends after them', {
  spec: {
    initContainers: [
      {
        name: 'side',
        restartPolicy: 'Always',
        command: sh('trap "exit 0" TERM; while :; do sleep 0.1; done'),
      },
    ],
    ...main(sh('sleep 1; echo main')),
  },
  see: ['states', 'logs'],
});

podCase('restart-policy', 'Never leaves a failure', { spec: main(sh('exit 1')), error: true });
podCase('restart-policy', 'OnFailure runs a command again until it succeeds', {
  spec: {
    restartPolicy: 'OnFailure',
    volumes: [{ name: 'v', emptyDir: {} }],
    ...main(sh('[ -e /v/f ] && echo now && exit 0; touch /v/f; exit 1'), {
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    }),
  },
  see: ['logs', 'conditions'],
});
podCase('restart-policy', 'Always runs a command again that succeeded', {
  spec: {
    restartPolicy: 'Always',
    volumes: [{ name: 'v', emptyDir: {} }],
    ...main(sh('[ -e /v/f ] && exec sleep 1000; touch /v/f'), {
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    }),
  },
  until: ({ containerStatuses: [first] = [] }) => first?.restartCount === 1 && first.ready,
  see: ['conditions'],
});

podCase('back-off', 'a container that fails twice waits', {
  spec: { restartPolicy: 'Always', ...main(sh('exit 1')) },
  until: isWaiting('CrashLoopBackOff'),
  error: true,
});
podCase('back-off', 'one that succeeds waits as well', {
  spec: { restartPolicy: 'Always', ...main(sh('exit 0')) },
  until: isWaiting('CrashLoopBackOff'),
  see: ['states', 'events'],
});
podCase('back-off', 'the conditions meanwhile', {
  spec: { restartPolicy: 'OnFailure', ...main(sh('exit 7')) },
  until: isWaiting('CrashLoopBackOff'),
  see: ['conditions'],
});

podCase('probes', 'a readiness probe that succeeds', {
  spec: main(sh('sleep 1000'), { readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 } }),
  until: (status) => status.containerStatuses?.[0]?.ready === true,
  see: ['states', 'conditions'],
});
podCase('probes', 'a readiness probe that fails', {
  spec: main(sh('sleep 1000'), {
    readinessProbe: {
      exec: { command: sh('echo not yet; exit 1') },
      periodSeconds: 1,
      initialDelaySeconds: 1,
    },
  }),
  until: (status) => status.containerStatuses?.[0]?.started === true,
  see: ['states', 'conditions'],
  error: true,
});
podCase('probes', 'a liveness probe that fails restarts the container', {
  spec: {
    restartPolicy: 'Always',
    ...main(sh('sleep 1000'), {
      livenessProbe: { exec: { command: sh('echo unwell; exit 1') }, periodSeconds: 1, failureThreshold: 1 },
    }),
  },
  until: (status) => (status.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
  see: ['events'],
  error: true,
});
podCase('probes', 'a startup probe holds the others back', {
  spec: main(sh('sleep 2; touch /tmp/up; sleep 1000'), {
    startupProbe: { exec: { command: ['cat', '/tmp/up'] }, periodSeconds: 1, failureThreshold: 30 },
  }),
  until: (status) => status.containerStatuses?.[0]?.ready === true,
});

podCase('lifecycle-hooks', 'postStart runs beside the command', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    ...main(sh('until [ -e /v/f ]; do sleep 0.1; done; cat /v/f'), {
      lifecycle: { postStart: { exec: { command: sh('echo hook >/v/f') } } },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    }),
  },
});
podCase('lifecycle-hooks', 'a postStart that fails', {
  spec: main(sh('trap "exit 9" TERM; while :; do sleep 0.1; done'), {
    lifecycle: { postStart: { exec: { command: sh('exit 1') } } },
  }),
  see: ['states', 'events'],
  error: true,
});
podCase('lifecycle-hooks', 'preStop runs before the end by a deadline', {
  spec: {
    activeDeadlineSeconds: 2,
    terminationGracePeriodSeconds: 5,
    ...main(sh('trap "cat /tmp/f; exit 0" TERM; while :; do sleep 0.1; done'), {
      lifecycle: { preStop: { exec: { command: sh('echo hook >/tmp/f') } } },
    }),
  },
  until: (status) => status.containerStatuses?.[0]?.state.terminated !== undefined,
});

podCase('termination-grace', 'a command that handles SIGTERM', {
  spec: {
    activeDeadlineSeconds: 2,
    ...main(sh('trap "echo told; exit 5" TERM; while :; do sleep 0.1; done')),
  },
  until: (status) => status.containerStatuses?.[0]?.state.terminated !== undefined,
});
podCase('termination-grace', 'a command that does not is killed', {
  spec: { activeDeadlineSeconds: 2, ...main(sh('sleep 1000')) },
  until: (status) => status.containerStatuses?.[0]?.state.terminated !== undefined,
  error: true,
});
podCase('termination-grace', 'what it started goes with it', {
  spec: {
    activeDeadlineSeconds: 2,
    ...main(sh('sleep 1000 & trap "exit 0" TERM; while :; do sleep 0.1; done')),
  },
  until: (status) => status.containerStatuses?.[0]?.state.terminated !== undefined,
});

podCase('deadline', 'a pod that runs too long', {
  spec: { activeDeadlineSeconds: 3, ...main(sh('sleep 1000')) },
  until: (status) => status.containerStatuses?.[0]?.state.terminated !== undefined,
  see: ['states', 'conditions'],
  error: true,
});
podCase('deadline', 'its events', {
  spec: { activeDeadlineSeconds: 3, ...main(sh('sleep 1000')) },
  until: (status) => status.containerStatuses?.[0]?.state.terminated !== undefined,
  see: ['events'],
  lastEvent: 'Killing',
});
podCase('deadline', 'a pod that ends in time', { spec: { activeDeadlineSeconds: 30, ...main(sh('true')) } });

podCase('termination-message', 'from its file', {
  spec: main(sh('printf "all is well" >/dev/termination-log')),
});
podCase('termination-message', 'from a path of its own', {
  spec: main(sh('echo here >/tmp/why; exit 2'), { terminationMessagePath: '/tmp/why' }),
  error: true,
});
podCase('termination-message', 'from the log, when it fails and the file is empty', {
  spec: main(sh('for i in 1 2 3; do echo line $i; done; exit 1'), {
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }),
  error: true,
});
podCase('termination-message', 'not from the log when it succeeds', {
  spec: main(sh('echo line'), { terminationMessagePolicy: 'FallbackToLogsOnError' }),
});
podCase('termination-message', 'the end of one that is too long', {
  spec: main(sh('i=0; while [ $i -lt 600 ]; do echo "message $i"; i=$((i+1)); done >/dev/termination-log')),
});

podCase('pod-conditions', 'of a pod that runs', {
  spec: main(sh('sleep 1000')),
  until: ({ phase }) => phase === 'Running',
  see: ['conditions'],
});
podCase('pod-conditions', 'of a pod that waits for a gate', {
  spec: { readinessGates: [{ conditionType: 'example.com/gate' }], ...main(sh('sleep 1000')) },
  until: ({ phase }) => phase === 'Running',
  see: ['conditions'],
});
conformanceCase('pod-conditions', 'of a pod that has succeeded, and one that has failed', async (t) => {
  const status = await runPod(t, {
    spec: main(sh('exit 1')),
    // The last of them changes after the phase.
    until: ({ phase, conditions = [] }) =>
      phase === 'Failed' &&
      conditions.some(({ type, status: is }) => type === 'PodReadyToStartContainers' && is === 'False'),
  });
  t.note('error: conditions', conditionsOf(status));
});

podCase('pod-events', 'of a pod that succeeds', {
  spec: main(sh('true')),
  see: ['events'],
  lastEvent: 'Started',
});
podCase('pod-events', 'of a pod with an init container', {
  spec: { initContainers: [{ name: 'i', command: sh('true') }], ...main(sh('sleep 1')) },
  see: ['events'],
  lastEvent: 'Started container main',
});
podCase('pod-events', 'of a pod whose command does not exist', {
  spec: main(['no-such-program']),
  see: ['events'],
  lastEvent: 'Failed',
  error: true,
});
podCase('pod-events', 'of a pod whose volume is missing', {
  spec: {
    volumes: [{ name: 'v', configMap: { name: 'missing' } }],
    ...main(sh('true'), { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
  },
  until: ({ conditions = [] }) => conditions.some(({ type }) => type === 'Ready'),
  see: ['states', 'conditions'],
  error: true,
});

podCase('image-errors', 'an image that must be there already', {
  spec: main(sh('true'), { image: 'example.com/unheard/of:1', imagePullPolicy: 'Never' }),
  until: isWaiting('ErrImageNeverPull'),
  lastEvent: 'Failed',
  see: ['states', 'events'],
  error: true,
});
podCase('image-errors', 'a name that is none', {
  spec: main(sh('true'), { image: 'Upper/Case:1' }),
  until: isWaiting('InvalidImageName'),
  lastEvent: 'Failed',
  see: ['states', 'events'],
  error: true,
});
conformanceCase('image-errors', 'an image that is not to be had', async (t) => {
  const status = await runPod(t, {
    spec: main(sh('true'), { image: 'example.invalid/unheard/of:1' }),
    until: isWaiting('ImagePullBackOff'),
  });
  const { phase, containerStatuses = [] } = status;
  const { reason, message = '' } = containerStatuses[0]?.state.waiting ?? {};
  t.note('error: waiting', {
    phase,
    reason,
    // What comes then is the container runtime's.
    message: /^Back-off pulling image "[^"]*": ErrImagePull: /.exec(message)?.[0],
  });
});

podCase('config-errors', 'a ConfigMap that is missing', {
  spec: main(sh('true'), {
    env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'missing', key: 'k' } } }],
  }),
  until: isWaiting('CreateContainerConfigError'),
  error: true,
});
podCase('config-errors', 'a key that is missing', {
  needs: [['configmaps', { kind: 'ConfigMap', metadata: { name: 'c' }, data: { other: '1' } }]],
  spec: main(sh('true'), { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] }),
  until: isWaiting('CreateContainerConfigError'),
  error: true,
});
podCase('config-errors', 'a Secret that is missing', {
  spec: main(sh('true'), { envFrom: [{ secretRef: { name: 'missing' } }] }),
  until: isWaiting('CreateContainerConfigError'),
  error: true,
});
podCase('config-errors', 'root where it is forbidden', {
  spec: main(sh('true'), { securityContext: { runAsNonRoot: true } }),
  until: isWaiting('CreateContainerConfigError'),
  error: true,
});
