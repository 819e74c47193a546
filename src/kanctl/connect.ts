import { createClient } from '../kubernetes/create-client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import { loadKubeConfig } from '../kubernetes/load-kube-config.ts';
import type { Connection, ConnectOptions } from './host.ts';
import type { KanctlSettings } from './settings.ts';

/** Connects to the cluster that the kubeconfig, or the pod that this runs in, tells of. */
export async function connect(
  { kubeconfig, context }: ConnectOptions,
  { environment }: KanctlSettings,
  { clock, interactive }: { clock: Clock; interactive: boolean },
): Promise<Connection> {
  const { transport, namespace } = await loadKubeConfig({
    env: environment,
    clock,
    interactive,
    ...(kubeconfig !== '' && { kubeconfig }),
    ...(context !== '' && { context }),
  });
  return { client: createClient(transport, { clock, userAgent: 'kanctl' }), namespace };
}
