import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { testPods, type TestPods } from '../testing/pods.ts';
import { currentAccount } from './namespaces.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
const script = (text: string) => ['sh', '-c', text];
let sandbox: Sandbox;
let pods: TestPods;

beforeAll(async () => {
  sandbox = await startSandbox({ folder, objectStore: false, backOff: { first: 10, longest: 20 } });
  pods = testPods(sandbox.client);
});

afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('an emptyDir in memory', () => {
  const volumes = [{ name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }];

  it('has its size, and nothing more', async () => {
    const command = script(
      'dd if=/dev/zero of=/m/f bs=1024 count=2048 2>&1 | grep -o "No space.*"; wc -c </m/f; grep " /m " /proc/mounts | grep -o size=1024k; stat -c %A /m',
    );
    await pods.create('full', [{ command, volumeMounts: [{ name: 'm', mountPath: '/m' }] }], {
      restartPolicy: 'Never',
      volumes,
    });
    await pods.untilFinished('full');
    expect(await pods.log('full')).toBe('No space left on device\n1048576\nsize=1024k\ndrwxrwxrwt\n');
  });

  it('is the same for all containers of the pod, by its parts too, and stays when one starts anew', async () => {
    const command = script(
      'cat /m/first /m/part/*; echo kept >>/m/first; [ "$(wc -l </m/first)" -gt 1 ] && exec sleep 1000',
    );
    await pods.create(
      'shared',
      [
        { name: 'writer', command, volumeMounts: [{ name: 'm', mountPath: '/m' }] },
        {
          name: 'part',
          command: script('echo by part >/p/file; exec sleep 1000'),
          volumeMounts: [{ name: 'm', mountPath: '/p', subPath: 'part' }],
        },
      ],
      { volumes },
    );
    await pods.untilReady('shared');
    await pods.until('shared', ({ status }) =>
      Boolean(
        status?.containerStatuses?.every(({ state }) => state.running) &&
        status.containerStatuses[1]?.restartCount,
      ),
    );
    await expect.poll(() => pods.log('shared', { container: 'writer' })).toContain('kept\n');
    expect((await pods.exec('shared', ['cat', '/m/part/file'], { container: 'writer' })).stdout).toBe(
      'by part\n',
    );
  });
});

it('an emptyDir that grows beyond its limit ends its pod', async () => {
  const command = script('head -c 3000000 /dev/zero >/v/f; exec sleep 1000');
  await pods.create('grown', [{ command, volumeMounts: [{ name: 'v', mountPath: '/v' }] }], {
    volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }],
  });
  const { status } = await pods.untilFinished('grown');
  const message = 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ';
  expect(status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message });
  const events = async () => {
    const { items } = await sandbox.client.list<KubernetesObject & { reason?: string; message?: string }>(
      EVENTS,
      {
        fieldSelector: 'involvedObject.name=grown,reason=Evicted',
      },
    );
    return items.map((event) => event.message);
  };
  await expect.poll(events).toEqual([message]);
});

describe.runIf(currentAccount().uid === 0)('fsGroup', () => {
  const look = script(
    'cd /v; stat -c "%g %A %n" . folder folder/file link; touch new; stat -c %g new; id -G; stat -c "%g %A" /m',
  );
  const volumes = [
    { name: 'v', persistentVolumeClaim: { claimName: 'owned' } },
    { name: 'm', emptyDir: { medium: 'Memory' } },
  ];
  const volumeMounts = [
    { name: 'v', mountPath: '/v' },
    { name: 'm', mountPath: '/m' },
  ];
  const restartPolicy = 'Never';

  it('is given all that a volume holds', async () => {
    await pods.put(PERSISTENT_VOLUME_CLAIMS, 'owned', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const fill = script(
      'cd /v; mkdir -m 700 folder; echo x >folder/file; chmod 600 folder/file; ln -s folder/file link',
    );
    await pods.create('filler', [{ command: fill, volumeMounts }], { restartPolicy, volumes });
    await pods.untilFinished('filler');
    const securityContext = { fsGroup: 4321, runAsUser: 1234 };
    await pods.create('reader', [{ command: look, volumeMounts }], {
      restartPolicy,
      volumes,
      securityContext,
    });
    await pods.untilFinished('reader');
    expect(await pods.log('reader')).toBe(
      [
        '4321 drwxrwsrwx .',
        '4321 drwxrws--- folder',
        '4321 -rw-rw---- folder/file',
        '4321 lrwxrwxrwx link',
        '4321',
        '0 4321',
        '4321 drwxrwsrwt',
        '',
      ].join('\n'),
    );
  });

  it('leaves alone what is in a folder that is right, when it is asked to look at that only', async () => {
    const change = { fsGroup: 4321, fsGroupChangePolicy: 'OnRootMismatch' };
    await pods.create('stranger', [{ command: script('chgrp 0 /v/folder'), volumeMounts }], {
      restartPolicy,
      volumes,
    });
    await pods.untilFinished('stranger');
    const command = script('stat -c %g /v/folder');
    await pods.create('again', [{ command, volumeMounts }], {
      restartPolicy,
      volumes,
      securityContext: change,
    });
    await pods.untilFinished('again');
    expect(await pods.log('again')).toBe('0\n');
  });
});
