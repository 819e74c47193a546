/** Run by tests: a sandbox that keeps its state in the folder given runs the pods given, and is killed once all have printed. */
import { startSandbox } from '../sandbox.ts';
import { testPods } from './pods.ts';

const [folder = '', text = '[]'] = process.argv.slice(2);
const wanted: { name: string; command: string[]; container?: object; spec?: object }[] = JSON.parse(text);
const sandbox = await startSandbox({ folder, objectStore: false, persist: true });
const pods = testPods(sandbox.client);
for (const { name, command, container, spec } of wanted)
  await pods.create(name, [{ command, ...container }], spec);
for (const { name } of wanted) {
  await pods.until(name, ({ status }) => status?.containerStatuses?.[0]?.state.running !== undefined);
  while ((await pods.log(name)) === '') await new Promise((resolve) => setTimeout(resolve, 20));
}
process.kill(process.pid, 'SIGKILL');
