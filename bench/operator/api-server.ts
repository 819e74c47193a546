/** The sandbox's API server in a process of its own: `node api-server.ts KUBECONFIG` writes that file and serves until it is killed. */
import { writeFile } from 'node:fs/promises';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { serveHttp } from '../../src/sandbox/apiserver/http-server.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('the name of the kubeconfig to write is missing');
const server = createApiServer({ clock: systemClock, random: Math.random });
const { url } = await serveHttp(server, { clock: systemClock });
await writeFile(
  file,
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server: url } }],
    users: [{ name: 'bench', user: {} }],
  }),
);
process.stderr.write(`listening on ${url}\n`);
