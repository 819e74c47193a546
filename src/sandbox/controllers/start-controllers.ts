import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import { runController } from './controller.ts';
import type { Controller } from './controller.ts';
import { customResourceDefinitionController } from './custom-resource-definition.ts';
import { deploymentController } from './deployment.ts';
import { endpointSlicesController } from './endpoint-slices.ts';
import { endpointsController } from './endpoints.ts';
import { runGarbageCollector } from './garbage-collector.ts';
import { jobController } from './job.ts';
import { namespaceController } from './namespace.ts';
import { createDefaultStorageClass, persistentVolumeClaimController } from './persistent-volume-claim.ts';
import { persistentVolumeController } from './persistent-volume.ts';
import { replicaSetController, replicationController } from './replica-set.ts';
import { scheduler } from './scheduler.ts';
import { statefulSetController } from './stateful-set.ts';

export interface ControllersOptions {
  client: KubernetesClient;
  clock: Clock;
  /** Below which claims get their folders. */
  volumesFolder: string;
  /** Removes a volume's folder with all that is in it; one that is not there is as good. */
  removeFolder(path: string): Promise<void>;
  /** PEM, for the ConfigMap kube-root-ca.crt of every namespace. */
  certificateAuthority: string;
  /** Told of what went wrong and is tried again. */
  log(message: string): void;
}

export interface Controllers {
  /** Resolves when none of them acts any more. */
  stop(): Promise<void>;
}

/** Starts everything that makes a cluster out of an API server, but the node. */
export function startControllers(options: ControllersOptions): Controllers {
  const { client, clock, log } = options;
  const stop = new AbortController();
  const context = { client, clock, log, signal: stop.signal };
  const controllers: Controller[] = [
    namespaceController({ certificateAuthority: options.certificateAuthority }),
    customResourceDefinitionController,
    deploymentController,
    replicaSetController,
    replicationController,
    statefulSetController,
    jobController,
    persistentVolumeClaimController({ volumesFolder: options.volumesFolder }),
    persistentVolumeController(client, { removeFolder: options.removeFolder }),
    endpointsController(client),
    endpointSlicesController(client),
    scheduler(client),
  ];
  const running = Promise.allSettled([
    createDefaultStorageClass(client),
    runGarbageCollector(context),
    ...controllers.map((controller) => runController(controller, context)),
  ]).then((results) => {
    for (const result of results) {
      if (result.status === 'rejected' && !stop.signal.aborted)
        log(`a controller ended: ${String(result.reason)}`);
    }
  });
  return {
    async stop() {
      stop.abort(new Error('the controllers were stopped'));
      await running;
    },
  };
}
