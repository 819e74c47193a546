/** Run by tests as a process of its own: a sandbox in the folder given, until standard input ends. Prints a line when it is ready. */
import { once } from 'node:events';
import { startSandbox } from '../sandbox.ts';

const [folder = ''] = process.argv.slice(2);
const sandbox = await startSandbox({ folder, objectStore: false, path: process.env['PATH'] ?? '' });
process.stdout.write(`${sandbox.kubeconfig}\n`);
process.stdin.resume();
await once(process.stdin, 'end'); // the order to stop
await sandbox.stop();
