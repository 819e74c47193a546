/** Run by the tests as an ordinary user: what becomes of writes to a volume in memory, and to one that is filled and given its space back. */
import { PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { startSandbox } from '../sandbox.ts';
import { testPods } from './pods.ts';

const [folder = ''] = process.argv.slice(2);
const sandbox = await startSandbox({ folder, objectStore: false });
const pods = testPods(sandbox.client);
await pods.put(PERSISTENT_VOLUME_CLAIMS, 'data', {
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
await pods.create(
  'one',
  [
    {
      command: ['sleep', '1000'],
      volumeMounts: [
        { name: 'data', mountPath: '/data' },
        { name: 'memory', mountPath: '/memory' },
      ],
    },
  ],
  {
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ],
  },
);
await pods.untilReady('one');
const attempt = async (text: string) => {
  const { exitCode, stderr } = await pods.exec('one', ['sh', '-c', text]);
  return exitCode === 0 ? 'done' : (/No space left on device/.exec(stderr)?.[0] ?? stderr);
};
const memory = await attempt('head -c 3000000 /dev/zero >/memory/file');
const before = await attempt('echo x >/data/file');
const fault = await sandbox.faults.fillVolume({ namespace: 'default', name: 'data' });
const filled = await attempt('echo y >>/data/file');
await fault.remove();
const after = await attempt('echo z >>/data/file');
const content = (await pods.exec('one', ['cat', '/data/file'])).stdout;
process.stdout.write(`${JSON.stringify({ memory, before, filled, after, content })}\n`);
await sandbox.stop();
