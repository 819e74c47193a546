import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { testPods, type TestPods } from '../testing/pods.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
const claim = { namespace: 'default', name: 'data' };
const script = (text: string) => ['sh', '-c', text];
const volumeMounts = [
  { name: 'data', mountPath: '/data' },
  { name: 'data', mountPath: '/nested/part', subPath: 'part' },
  { name: 'other', mountPath: '/other' },
];
const volumes = [
  { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
  { name: 'other', emptyDir: {} },
];
const command = script('while :; do sleep 1000; done');
let sandbox: Sandbox;
let pods: TestPods;

beforeAll(async () => {
  sandbox = await startSandbox({ folder, objectStore: false, backOff: { first: 10, longest: 20 } });
  pods = testPods(sandbox.client);
  await pods.put(PERSISTENT_VOLUME_CLAIMS, 'data', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  await pods.create('writer', [{ command, volumeMounts }], { volumes });
  await pods.untilReady('writer');
});

afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every way in which a program changes a volume, and what came of it. */
const CHANGES = {
  'a new file': 'echo new >/data/new',
  'an old file that is written again': 'echo again >/data/old',
  'an old file that grows': 'echo more >>/data/old',
  'a new folder': 'mkdir /data/folder',
  'a part of it that is mounted by itself': 'echo new >/nested/part/new',
};

describe('a volume that was filled', () => {
  it('refuses every change with ENOSPC, in what runs and in what starts, until the fault is removed', async () => {
    await pods.exec('writer', script('echo before >/data/old'));
    const fault = await sandbox.faults.fillVolume(claim);
    await pods.create('later', [{ command, volumeMounts }], { volumes });
    await pods.untilReady('later');
    for (const pod of ['writer', 'later']) {
      for (const [what, change] of Object.entries(CHANGES)) {
        const { stderr, exitCode } = await pods.exec(pod, script(change));
        expect({ what, exitCode: exitCode > 0, stderr }).toEqual({
          what,
          exitCode: true,
          stderr: expect.stringContaining('No space left on device'),
        });
      }
      expect((await pods.exec(pod, script('cat /data/old; echo x >/other/f && echo other'))).stdout).toBe(
        'before\nother\n',
      );
    }
    await fault.remove();
    for (const [pod, changes] of [
      ['writer', Object.values(CHANGES).join(' && ')],
      ['later', 'rm -r /data/new /data/folder'],
    ] as const) {
      expect(await pods.exec(pod, script(changes))).toMatchObject({ exitCode: 0, stderr: '' });
    }
    expect((await pods.exec('writer', script('cat /data/old; ls /data'))).stdout).toBe(
      'again\nmore\nold\npart\n',
    );
    expect(sandbox.faults.log.map(({ subject, fault: what }) => `${subject} ${what}`)).toEqual([
      'claim default/data filled',
      'claim default/data has space again',
    ]);
  });

  it('is met by a process that had it open before, once its pod was killed', async () => {
    const loop = script(
      'cd /data; while :; do echo x 2>/dev/null >>log || { echo full; exit 1; }; sleep 0.05; done',
    );
    await pods.create('server', [{ command: loop, volumeMounts }], { volumes });
    await pods.untilReady('server');
    const fault = await sandbox.faults.fillVolume(claim);
    await sandbox.faults.killPod({ namespace: 'default', name: 'server' });
    await pods.until('server', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2);
    expect(await pods.log('server', { previous: true })).toBe('full\n');
    await fault.remove();
    await pods.untilReady('server');
  });

  it('must be one that is there', async () => {
    await expect(sandbox.faults.fillVolume({ namespace: 'default', name: 'missing' })).rejects.toThrow(
      'persistentvolumeclaims "missing" not found',
    );
  });
});
