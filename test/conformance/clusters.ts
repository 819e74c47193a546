import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { ConformanceCluster } from './conversation.ts';

export interface OpenCluster extends ConformanceCluster {
  close(): Promise<void>;
}

/** The cluster of a kubeconfig; `hostAddress`: where it finds servers of this machine. */
export async function openCluster(kubeconfig: string, hostAddress: string): Promise<OpenCluster> {
  const { transport } = await loadKubeConfig({ env: {}, kubeconfig, clock: systemClock });
  const client = createClient(transport, { clock: systemClock });
  return { transport, client, kubeconfig, hostAddress, close: () => client.close() };
}

/** Bytes: what a kubelet does with logs, unless it is told otherwise. */
const KUBELET_ROTATES_AT = 10 * 1024 * 1024;

/** A sandbox as users have it: reached over TLS by its kubeconfig, with a node that runs pods. */
export async function openSandbox(): Promise<OpenCluster & { sandbox: Sandbox }> {
  // Loaded only here: recording a real cluster needs nothing of it.
  const { startSandbox } = await import('../../src/sandbox/sandbox.ts');
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const sandbox = await startSandbox({ folder, rbac: true, rotateLogsAt: KUBELET_ROTATES_AT });
  const cluster = await openCluster(sandbox.kubeconfig, '127.0.0.1');
  return {
    ...cluster,
    sandbox,
    async close() {
      await cluster.close();
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
