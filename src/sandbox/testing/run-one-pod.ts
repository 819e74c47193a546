/** Run by the tests as an ordinary user: starts a sandbox in the folder given, runs a pod in it, and prints what came of it. */
import { startSandbox } from '../sandbox.ts';
import { testPods } from './pods.ts';

const [folder = '', ending = ''] = process.argv.slice(2);
const sandbox = await startSandbox({ folder });
const pods = testPods(sandbox.client);
const command = [
  'sh',
  '-c',
  'id -u; echo kept >/var/lib/new/place/file; cat /var/lib/new/place/file; echo x >/etc/layer && echo layered; exec sleep 87654',
];
await pods.create(
  'one',
  [{ command, volumeMounts: [{ name: 'scratch', mountPath: '/var/lib/new/place' }] }],
  {
    volumes: [{ name: 'scratch', emptyDir: {} }],
  },
);
await pods.untilReady('one');
const { stdout } = await pods.exec('one', ['sh', '-c', 'cat /proc/1/cmdline; exit 0']);
let log = '';
while (!log.includes('layered')) log = await pods.log('one');
process.stdout.write(`${JSON.stringify({ log, stdout })}\n`);
if (ending === 'killed') process.kill(process.pid, 'SIGKILL');
await sandbox.stop();
