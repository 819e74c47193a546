import { isAlreadyExists } from '../../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENT_CONFIGS,
  REPLICATION_CONTROLLERS,
} from '../../../src/kubernetes/resources.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { runDeploymentConfigController } from './controller.ts';
import { DEPLOYMENT_CONFIG_DEFINITION } from './definition.ts';
import type { DeploymentConfig, DeploymentConfigStatus } from './replication-controller.ts';

export interface RolledOutVersion {
  name: string;
  replicas: number;
  version: string;
}

/**
 * On any cluster: a DeploymentConfig `web` of two pods, then of one pod and another template, each waited for in its status. What its
 * ReplicationControllers are in the end, by name.
 * @throws {Error} with the status as it stood, when it does not come to what it should.
 */
export async function rollOutTwice(
  kubernetes: KubernetesClient,
  namespace: string,
): Promise<RolledOutVersion[]> {
  await define(kubernetes, namespace);
  const stop = new AbortController();
  const options = { kubernetes, clock: systemClock, random: Math.random, namespace, signal: stop.signal };
  const running = runDeploymentConfigController(options);
  try {
    const name = { name: 'web', namespace };
    const container = { name: 'main', image: 'busybox', command: ['sleep', '600'] };
    await kubernetes.create<DeploymentConfig>(DEPLOYMENT_CONFIGS, {
      metadata: name,
      spec: {
        replicas: 2,
        selector: { app: 'web' },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { terminationGracePeriodSeconds: 0, containers: [container] },
        },
      },
    });
    await untilStatus(kubernetes, name, {
      latestVersion: 1,
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
    });
    const body = { spec: { replicas: 1, template: { spec: { containers: [{ ...container, env: [] }] } } } };
    await kubernetes.patch(DEPLOYMENT_CONFIGS, name, { type: 'merge', body });
    await untilStatus(kubernetes, name, {
      latestVersion: 2,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
    });
    return await versionsIn(kubernetes, namespace);
  } finally {
    stop.abort();
    await running;
  }
}

async function define(kubernetes: KubernetesClient, namespace: string): Promise<void> {
  try {
    await kubernetes.create(CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENT_CONFIG_DEFINITION);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  await until('DeploymentConfigs are served', async () => {
    await kubernetes.list(DEPLOYMENT_CONFIGS, { namespace });
    return true;
  });
}

function untilStatus(
  kubernetes: KubernetesClient,
  name: { name: string; namespace: string },
  wanted: Partial<DeploymentConfigStatus>,
): Promise<true> {
  return until(`the DeploymentConfig has ${JSON.stringify(wanted)}`, async () => {
    const { status } = await kubernetes.get<DeploymentConfig>(DEPLOYMENT_CONFIGS, name);
    const isThere = Object.entries(wanted).every(
      ([field, value]) => Reflect.get(status ?? {}, field) === value,
    );
    return isThere || JSON.stringify(status ?? 'no status');
  });
}

const until = (what: string, look: () => Promise<true | string>) =>
  waitUntil(look, { clock: systemClock, signal: new AbortController().signal, what, timeout: 60_000 });

async function versionsIn(kubernetes: KubernetesClient, namespace: string): Promise<RolledOutVersion[]> {
  const { items } = await kubernetes.list<KubernetesObject & { spec: { replicas: number } }>(
    REPLICATION_CONTROLLERS,
    { namespace },
  );
  return items.map(({ metadata, spec }) => ({
    name: metadata?.name ?? '',
    replicas: spec.replicas,
    version: metadata?.annotations?.['openshift.io/deployment-config.latest-version'] ?? '',
  }));
}
