/** A whole sandbox in a process of its own: `node sandbox.ts FOLDER KUBECONFIG` writes that file and serves until it is killed. */
import { copyFile } from 'node:fs/promises';
import { startSandbox } from '../../src/sandbox/sandbox.ts';

const [folder, file] = process.argv.slice(2);
if (folder === undefined || file === undefined)
  throw new Error('the folder, or the kubeconfig to write, is missing');
const sandbox = await startSandbox({ folder, objectStore: false });
process.once('SIGTERM', () => {
  sandbox.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
await copyFile(sandbox.kubeconfig, file);
process.stderr.write(`listening on ${sandbox.url}\n`);
