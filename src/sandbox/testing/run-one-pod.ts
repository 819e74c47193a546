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
// The pod is ready before its script has come to its end.
const sleeping = 'until grep -q ^sleep /proc/1/cmdline; do sleep 0.1; done; cat /proc/1/cmdline';
const { stdout } = await pods.exec('one', ['sh', '-c', sleeping]);
let log = '';
while (!log.includes('layered')) log = await pods.log('one');
process.stdout.write(`${JSON.stringify({ log, stdout })}\n`);
if (ending === 'killed') process.kill(process.pid, 'SIGKILL');
await sandbox.stop();
