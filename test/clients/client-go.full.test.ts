import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { clientPrograms } from './client-programs.ts';
import { runProgram } from './run-program.ts';

let cluster: TestCluster;
let program: string;
beforeAll(async () => {
  program = (await clientPrograms())['client-go-check'];
  cluster = await openTestCluster();
}, 600_000);
afterAll(() => cluster?.close(), 120_000);

/** What programs written with client-go rely on; `go/client-go` has each. */
const SCENARIOS = {
  apply: 'server-side apply shares objects between managers',
  discovery: 'discovery maps kinds to resources',
  dynamic: 'dynamic clients, strategic patches, scales and foreground deletion work',
  'exec-spdy': 'an exec over SPDY carries input, outputs and exit code',
  'exec-websocket': 'an exec over a WebSocket carries input, outputs and exit code',
  informer: 'an informer sees every change',
  'leader-election': 'leaders follow one another',
  logs: 'a log is followed to its end',
  paging: 'a long list comes in pages',
  'port-forward': 'a port of a pod is reached over SPDY and over a WebSocket',
  protobuf: 'clients that speak protobuf write, watch and delete',
  watch: 'a watch sends bookmarks, and goes on where it ended',
  'work-queue': 'a controller with a work queue converges',
};

for (const [scenario, promise] of Object.entries(SCENARIOS)) {
  it(`client-go: ${promise}`, { timeout: 90_000 }, async () => {
    const namespace = await cluster.createNamespace();
    const { stdout, stderr, exitCode } = await runProgram([
      program,
      '--kubeconfig',
      cluster.kubeconfig,
      '--namespace',
      namespace,
      scenario,
    ]);
    expect(exitCode, `${stdout}${stderr}`).toBe(0);
  });
}
