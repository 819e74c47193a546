import { podCase, sh } from '../pod-of-case.ts';

const main = (command: string[], more: object = {}) => ({ containers: [{ name: 'main', command, ...more }] });
const configMap = (name: string, data: object) =>
  ['configmaps', { kind: 'ConfigMap', metadata: { name }, data }] as [string, Record<string, unknown>];
const secret = (name: string, stringData: object) =>
  ['secrets', { kind: 'Secret', metadata: { name }, stringData }] as [string, Record<string, unknown>];
const waits = (status: { containerStatuses?: { state: { waiting?: { reason?: string } } }[] }) =>
  /Error/.test(status.containerStatuses?.[0]?.state.waiting?.reason ?? '');
const mounted = (volume: object, script: string, mount: object = {}) => ({
  volumes: [{ name: 'v', ...volume }],
  ...main(sh(script), { volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] }),
});
/** Names, kinds, modes and content of a folder, as any `find` tells them. */
const LIST = 'cd /v; for f in $(ls | sort); do echo "$f $(stat -Lc %a $f): $(cat $f)"; done';

podCase('env', 'values, and references to earlier ones', {
  spec: main(sh('echo "$A|$B|$C|$D"'), {
    env: [
      { name: 'A', value: 'one' },
      { name: 'B', value: '$(A) two' },
      { name: 'C', value: '$$(A) $(LATER) $(A' },
      { name: 'D', value: '$(C)' },
    ],
  }),
});
podCase('env', 'keys of ConfigMaps and Secrets', {
  needs: [configMap('c', { k: 'from config' }), secret('s', { k: 'from secret' })],
  spec: main(sh('echo "$A|$B|${C-unset}"'), {
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'missing', optional: true } } },
    ],
  }),
});
podCase('env', 'fields of the pod', {
  metadata: { labels: { app: 'x' }, annotations: { 'example.com/note': 'a note' } },
  spec: main(sh('echo "$NAME|$LABEL|$NOTE|$ACCOUNT|$CPU|$MEMORY"'), {
    env: [
      { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: 'NOTE', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['example.com/note']" } } },
      { name: 'ACCOUNT', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
      { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
    ],
    resources: { requests: { cpu: '15m', memory: '5Mi' } },
  }),
});
podCase('env', 'a key that is missing', {
  needs: [secret('s', { other: '1' })],
  spec: main(sh('true'), { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
  until: waits,
  error: true,
});

podCase('env-from', 'all keys, with a prefix, later ones winning', {
  needs: [configMap('c', { A: '1', B: '1' }), secret('s', { B: '2', C: '2' })],
  spec: main(sh('echo "$A|$B|$C|$P_A"'), {
    envFrom: [
      { configMapRef: { name: 'c' } },
      { secretRef: { name: 's' } },
      { prefix: 'P_', configMapRef: { name: 'c' } },
    ],
  }),
});
podCase('env-from', 'env wins, and may refer to them', {
  needs: [configMap('c', { A: '1', B: 'b' })],
  spec: main(sh('echo "$A|$D"'), {
    envFrom: [{ configMapRef: { name: 'c' } }],
    env: [
      { name: 'A', value: 'own' },
      { name: 'D', value: '<$(B)>' },
    ],
  }),
});
podCase('env-from', 'an optional one that is missing', {
  spec: main(sh('echo fine'), { envFrom: [{ configMapRef: { name: 'missing', optional: true } }] }),
});
podCase('env-from', 'one that is missing', {
  spec: main(sh('true'), { envFrom: [{ configMapRef: { name: 'missing' } }] }),
  until: waits,
  error: true,
});

podCase('command-expansion', 'in command and args', {
  spec: main(['echo', '$(A)'], { args: ['<$(A)>', '$$(A)', '$(UNSET)'], env: [{ name: 'A', value: 'x y' }] }),
});
podCase('command-expansion', 'args are given to the command', {
  spec: main(['sh', '-c', 'echo "$0 $1"'], { args: ['zero', 'one'] }),
});
podCase('command-expansion', 'a program whose name is made so does not exist', {
  spec: main(['$(A)'], { env: [{ name: 'A', value: 'no-such-program' }] }),
  error: true,
});
podCase('command-expansion', 'a working directory that is new', {
  spec: main(['pwd'], { workingDir: '/new/place' }),
});

podCase('volumes-config', 'a ConfigMap, with its modes', {
  needs: [configMap('c', { a: 'A', b: 'B' })],
  spec: mounted({ configMap: { name: 'c', defaultMode: 0o640 } }, LIST),
});
podCase('volumes-config', 'chosen keys of a Secret, with paths and modes', {
  needs: [secret('s', { a: 'A', b: 'B' })],
  spec: mounted(
    { secret: { secretName: 's', items: [{ key: 'b', path: 'deep/file', mode: 0o400 }] } },
    'cd /v; ls; stat -Lc %a deep/file; cat deep/file',
  ),
});
podCase('volumes-config', 'the links by which files are replaced at once', {
  needs: [configMap('c', { a: 'A' })],
  spec: mounted(
    { configMap: { name: 'c' } },
    'cd /v; readlink a; readlink ..data | cut -c1-2; ls -A | grep -c "^[.][.]"',
  ),
});
podCase('volumes-config', 'the downward API, and several sources in one', {
  metadata: { labels: { app: 'x', tier: 'y' } },
  needs: [configMap('c', { a: 'A' }), secret('s', { b: 'B' })],
  spec: mounted(
    {
      projected: {
        sources: [
          { configMap: { name: 'c' } },
          { secret: { name: 's' } },
          {
            downwardAPI: {
              items: [
                { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
              ],
            },
          },
        ],
      },
    },
    LIST,
  ),
});
podCase('volumes-config', 'an optional one that is missing is empty', {
  spec: mounted({ secret: { secretName: 'missing', optional: true } }, 'ls /v | wc -l'),
});
podCase('volumes-config', 'a write into one', {
  needs: [configMap('c', { a: 'A' })],
  spec: mounted({ configMap: { name: 'c' } }, 'echo x >/v/a; echo "exit $?"; cat /v/a'),
  see: ['states'],
  error: true,
});

podCase('volumes-scratch', 'two containers share an emptyDir', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [
      {
        name: 'i',
        command: sh('echo shared >/v/f; stat -c %a /v'),
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
    ],
    ...main(sh('cat /v/f'), { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
  },
});
podCase('volumes-scratch', 'an emptyDir lives through a restart', {
  spec: {
    restartPolicy: 'OnFailure',
    ...mounted({ emptyDir: { medium: 'Memory' } }, 'cat /v/f 2>/dev/null && exit 0; echo kept >/v/f; exit 1'),
  },
  // A kubelet may have forgotten the first run by then.
  see: ['logs'],
});
podCase('volumes-scratch', 'a folder of the node that has to be one', {
  spec: mounted({ hostPath: { path: '/usr', type: 'Directory' } }, 'ls -d /v/bin'),
});
podCase('volumes-scratch', 'a folder of the node that is a file', {
  spec: mounted({ hostPath: { path: '/etc/hostname', type: 'Directory' } }, 'true'),
  until: ({ conditions = [] }) => conditions.some(({ type }) => type === 'Ready'),
  see: ['states', 'conditions'],
  error: true,
});

podCase('subpath', 'one file of a ConfigMap', {
  needs: [configMap('c', { a: 'A' })],
  spec: mounted({ configMap: { name: 'c' } }, 'cat /v/only', { mountPath: '/v/only', subPath: 'a' }),
});
podCase('subpath', 'a folder that is made', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [
      {
        name: 'i',
        command: sh('echo inside >/v/f'),
        volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'x/y' }],
      },
    ],
    ...main(sh('cat /all/x/y/f'), { volumeMounts: [{ name: 'v', mountPath: '/all' }] }),
  },
});
podCase('subpath', 'a name with variables', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [
      {
        name: 'i',
        command: sh('echo inside >/v/f'),
        env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: 'for-$(POD)' }],
      },
    ],
    ...main(sh('cat /all/for-p/f; exit 3'), { volumeMounts: [{ name: 'v', mountPath: '/all' }] }),
  },
  error: true,
});

podCase('read-only-mounts', 'a write into one', {
  spec: mounted({ emptyDir: {} }, 'touch /v/f 2>/dev/null; echo "exit $?"', { readOnly: true }),
});
podCase('read-only-mounts', 'the same volume, writable elsewhere', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    ...main(sh('echo x >/rw/f; cat /ro/f; touch /ro/g 2>/dev/null || exit 4'), {
      volumeMounts: [
        { name: 'v', mountPath: '/rw' },
        { name: 'v', mountPath: '/ro', readOnly: true },
      ],
    }),
  },
  see: ['states'],
  error: true,
});
podCase('read-only-mounts', 'a subPath of one', {
  spec: mounted({ emptyDir: {} }, 'ls /v | wc -l; touch /v/f 2>/dev/null || echo refused', {
    readOnly: true,
    subPath: 'x',
  }),
});

podCase('users-and-groups', 'a user and a group', {
  spec: main(sh('id -u; id -g'), { securityContext: { runAsUser: 1234, runAsGroup: 2345 } }),
});
podCase('users-and-groups', 'the pod’s, and groups besides', {
  spec: {
    securityContext: { runAsUser: 1234, runAsGroup: 2345, fsGroup: 3456, supplementalGroups: [4567] },
    ...main(sh('id -u; id -g; id -G | tr " " "\\n" | sort -n | tr "\\n" " "')),
  },
});
podCase('users-and-groups', 'fsGroup owns what is mounted', {
  spec: {
    securityContext: { runAsUser: 1234, fsGroup: 3456 },
    ...mounted({ emptyDir: {} }, 'stat -c "%g %a" /v; touch /v/f; stat -c %g /v/f'),
  },
});
podCase('users-and-groups', 'root where it is forbidden by number', {
  spec: main(sh('true'), { securityContext: { runAsUser: 0, runAsNonRoot: true } }),
  until: waits,
  error: true,
});

podCase('service-account-mount', 'its files', {
  spec: main(
    sh(
      'cd /var/run/secrets/kubernetes.io/serviceaccount; ls; wc -c <namespace >/dev/null && head -1 ca.crt; cut -d. -f1 token | wc -l',
    ),
  ),
});
podCase('service-account-mount', 'a pod that wants none', {
  spec: {
    automountServiceAccountToken: false,
    ...main(sh('ls /var/run/secrets/kubernetes.io/serviceaccount 2>/dev/null || echo none')),
  },
});
podCase('service-account-mount', 'a token for somebody else', {
  spec: mounted(
    {
      projected: {
        sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } }],
      },
    },
    'cut -d. -f2 /v/token | tr "_-" "/+" | (cat; echo "==") | base64 -d 2>/dev/null | grep -o \'"aud":[^]]*]\'',
  ),
});
podCase('service-account-mount', 'a write into them', {
  spec: main(sh('echo x >/var/run/secrets/kubernetes.io/serviceaccount/token; echo "exit $?"; exit 6')),
  see: ['states'],
  error: true,
});
