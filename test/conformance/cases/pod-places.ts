import { podCase, sh } from '../pod-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';
import { boundClaim, core, claim } from './workload-parts.ts';
import { readLog, runPod } from '../pod-of-case.ts';
import type { Conversation } from '../conversation.ts';

const main = (command: string[], more: object = {}) => ({ containers: [{ name: 'main', command, ...more }] });
const mounted = (volume: object, script: string, mount: object = {}) => ({
  volumes: [{ name: 'v', ...volume }],
  ...main(sh(script), { volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] }),
});
const object = (path: string, kind: string, name: string, data: object) =>
  [path, { kind, metadata: { name }, ...data }] as [string, Record<string, unknown>];
const configMap = (name: string, data: object) => object('configmaps', 'ConfigMap', name, { data });
const secret = (name: string, stringData: object) => object('secrets', 'Secret', name, { stringData });
const notReady = ({ conditions = [] }: { conditions?: { type: string }[] }) =>
  conditions.some(({ type }) => type === 'Ready');

podCase('working-directory', 'one that is new', { spec: main(['pwd'], { workingDir: '/new/place' }) });
podCase('working-directory', 'a volume', {
  spec: {
    volumes: [{ name: 'v', emptyDir: {} }],
    ...main(sh('pwd; touch here; ls /v'), {
      workingDir: '/v',
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    }),
  },
});
podCase('working-directory', 'relative names begin in it', {
  spec: main(['./sh', '-c', 'pwd'], { workingDir: '/usr/bin' }),
});
podCase('working-directory', 'a program that is not there', {
  spec: main(['./no-such-program'], { workingDir: '/tmp' }),
  see: ['logs'],
  error: true,
});

podCase('volumes-projected', 'several sources in one, with paths and modes', {
  needs: [configMap('c', { a: 'A', b: 'B' }), secret('s', { c: 'C' })],
  spec: mounted(
    {
      projected: {
        defaultMode: 0o440,
        sources: [
          { configMap: { name: 'c', items: [{ key: 'a', path: 'deep/a', mode: 0o400 }] } },
          { secret: { name: 's' } },
        ],
      },
    },
    'cd /v; ls -R . | grep -v "^[.]"; stat -Lc %a deep/a c; cat deep/a c',
  ),
});
podCase('volumes-projected', 'an optional source that is missing', {
  needs: [configMap('c', { a: 'A' })],
  spec: mounted(
    {
      projected: { sources: [{ secret: { name: 'missing', optional: true } }, { configMap: { name: 'c' } }] },
    },
    'ls /v; cat /v/a',
  ),
});
podCase('volumes-projected', 'a source that is missing', {
  spec: mounted({ projected: { sources: [{ configMap: { name: 'missing' } }] } }, 'true'),
  until: notReady,
  see: ['events'],
  lastEvent: 'FailedMount',
  error: true,
});

podCase('volumes-downward', 'labels, annotations and names', {
  metadata: { labels: { app: 'x', tier: 'y' }, annotations: { 'example.com/note': 'a "note"' } },
  spec: mounted(
    {
      downwardAPI: {
        items: [
          { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'annotations', fieldRef: { fieldPath: 'metadata.annotations' } },
          { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
          { path: 'one', fieldRef: { fieldPath: "metadata.labels['app']" }, mode: 0o400 },
        ],
      },
    },
    'cd /v; cat labels; echo; grep note annotations; cat name; echo; cat one; stat -Lc %a one name',
  ),
});
podCase('volumes-downward', 'resources of a container', {
  spec: {
    volumes: [
      {
        name: 'v',
        downwardAPI: {
          items: [
            {
              path: 'cpu',
              resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' },
            },
            { path: 'memory', resourceFieldRef: { containerName: 'main', resource: 'requests.memory' } },
          ],
        },
      },
    ],
    ...main(sh('cat /v/cpu; echo; cat /v/memory'), {
      resources: { limits: { cpu: '250m', memory: '64Mi' } },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    }),
  },
});
conformanceCase('volumes-downward', 'fields that there are not', async (t) => {
  for (const item of [
    { path: 'x', fieldRef: { fieldPath: 'spec.bogus' } },
    { path: '../x', fieldRef: { fieldPath: 'metadata.name' } },
    { path: 'x', resourceFieldRef: { resource: 'limits.cpu' } },
    { path: 'x' },
  ])
    await t.post(`${core(t, 'pods')}?dryRun=All`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        volumes: [{ name: 'v', downwardAPI: { items: [item] } }],
        containers: [{ name: 'main', image: 'busybox' }],
      },
    });
});

const ofClaim = (script: string, mount: object = {}, source: object = {}) =>
  mounted({ persistentVolumeClaim: { claimName: 'c', ...source } }, script, mount);
const replacePod = async (t: Conversation) => {
  await t.quietly(() => t.delete(`${core(t, 'pods')}/p?gracePeriodSeconds=0`));
  await t.until(`${core(t, 'pods')}/p`, (_pod, status) => status === 404);
};

conformanceCase('volumes-claim', 'what one pod writes the next one reads', async (t) => {
  await boundClaim(t, 'c');
  await runPod(t, { spec: ofClaim('echo kept >/v/f; mkdir /v/d; chmod 750 /v/d') });
  await replacePod(t);
  await runPod(t, { spec: ofClaim('cat /v/f; stat -c %a /v/d') });
  t.note('log', await readLog(t, 'main'));
});
conformanceCase('volumes-claim', 'a claim that is read-only for a pod', async (t) => {
  await boundClaim(t, 'c');
  const status = await runPod(t, {
    spec: ofClaim('touch /v/f 2>/dev/null; code=$?; echo "exit $code"; exit $code', {}, { readOnly: true }),
  });
  t.note('log', await readLog(t, 'main'));
  t.note('error: phase', status.phase);
});
conformanceCase('volumes-claim', 'a folder of it', async (t) => {
  await boundClaim(t, 'c');
  await runPod(t, { spec: ofClaim('echo inside >/v/f', { subPath: 'a/b' }) });
  await replacePod(t);
  await runPod(t, { spec: ofClaim('cat /v/a/b/f') });
  t.note('log', await readLog(t, 'main'));
});
conformanceCase(
  'volumes-claim',
  'a claim that is deleted while a pod has it stays until the pod is gone',
  async (t) => {
    await boundClaim(t, 'c');
    await runPod(t, {
      spec: ofClaim('trap "exit 0" TERM; sleep 3600 & wait'),
      until: ({ phase }) => phase === 'Running',
    });
    const deleted = await t.quietly(() => t.delete(`${core(t, 'persistentvolumeclaims')}/c`));
    t.note('finalizers', deleted.object.metadata['finalizers']);
    const again = await t.quietly(() => t.post(core(t, 'persistentvolumeclaims'), claim('c')));
    t.note('error: another of its name', { status: again.status, message: again.object['message'] });
    await replacePod(t);
    await t.until(`${core(t, 'persistentvolumeclaims')}/c`, (_claim, status) => status === 404);
  },
);

for (const image of [
  'busybox',
  'docker.io/library/busybox:1.36',
  'registry.example.com:5000/some/busybox:any',
])
  podCase('image-names', `a shell, by the name ${image}`, {
    spec: main(sh('echo here'), { image }),
  });
podCase('image-names', 'other images with a shell', {
  spec: {
    containers: ['alpine:3.20', 'ubuntu:24.04', 'ghcr.io/kanisterio/kanister-tools:0.119.0'].map(
      (image, index) => ({
        name: `c${index}`,
        image,
        command: sh('echo here'),
      }),
    ),
  },
});
podCase('image-names', 'a name that the table does not have', {
  spec: main(['true'], { image: 'registry.example.com/some/thing-else:1' }),
  until: ({ containerStatuses }) => containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff',
  see: ['conditions'],
  error: true,
});
