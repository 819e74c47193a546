import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ObjectSource } from '../apiserver/object-source.ts';
import { runController } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { cronJobController } from './cron-job.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import { customResourceDefinitionController } from './custom-resource-definition.ts';
import { daemonSetController } from './daemon-set.ts';
import { deploymentController } from './deployment.ts';
import { endpointSlicesController } from './endpoint-slices.ts';
import { endpointsController } from './endpoints.ts';
import { runGarbageCollector } from './garbage-collector.ts';
import { createInformers } from './informer.ts';
import { jobController } from './job.ts';
import { namespaceController } from './namespace.ts';
import { nodeLifecycleController, taintEvictionController } from './node-lifecycle.ts';
import { observingClient } from './observing-client.ts';
import { persistentVolumeClaimController } from './persistent-volume-claim.ts';
import { persistentVolumeController } from './persistent-volume.ts';
import { podDisruptionBudgetController } from './pod-disruption-budget.ts';
import { podGarbageCollector } from './pod-garbage-collector.ts';
import { createEventRecorder } from './record-event.ts';
import { replicaSetController, replicationController } from './replica-set.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { scheduler } from './scheduler.ts';
import { statefulSetController } from './stateful-set.ts';
import { claimProtectionController, volumeProtectionController } from './storage-protection.ts';
import { timeToLiveController } from './time-to-live.ts';

export interface ControllersOptions {
  client: KubernetesClient;
  /** What the controllers see of the cluster. */
  objects: ObjectSource;
  clock: Clock;
  /** PEM, for the ConfigMap kube-root-ca.crt of every namespace. */
  certificateAuthority: string;
  /** Controllers of others that run beside the cluster's own, such as those of a storage driver. */
  further?: Controller[];
  /** Told of what went wrong and is tried again. */
  log(message: string): void;
}

export interface Controllers {
  /** Resolves when none of them acts any more. */
  stop(): Promise<void>;
}

/** Starts everything that makes a cluster out of an API server, but the nodes. */
export function startControllers(options: ControllersOptions): Controllers {
  const { clock, log } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const informers = createInformers({ objects: options.objects, clock, signal });
  const client = observingClient(options.client, informers);
  const context: ControllerContext = {
    client,
    informers,
    clock,
    log,
    signal,
    events: createEventRecorder({ client, clock }),
    types: () => options.objects.types(),
    contents: (type, namespace) => options.objects.list(type, namespace)?.items ?? [],
  };
  const controllers: Controller[] = [
    namespaceController({ certificateAuthority: options.certificateAuthority }),
    customResourceDefinitionController,
    deploymentController,
    replicaSetController,
    replicationController,
    statefulSetController,
    daemonSetController,
    jobController,
    cronJobController,
    podDisruptionBudgetController,
    podGarbageCollector,
    nodeLifecycleController,
    taintEvictionController,
    resourceQuotaController,
    timeToLiveController,
    clusterRoleAggregationController,
    persistentVolumeClaimController,
    persistentVolumeController,
    claimProtectionController,
    volumeProtectionController,
    endpointsController,
    endpointSlicesController,
    scheduler,
    ...(options.further ?? []),
  ];
  const running = Promise.allSettled([
    runGarbageCollector(context),
    ...controllers.map((controller) => runController(controller, context)),
  ]).then((results) => {
    for (const result of results) {
      if (result.status === 'rejected' && !signal.aborted)
        log(`a controller ended: ${String(result.reason)}`);
    }
  });
  return {
    async stop() {
      stop.abort(new Error('the controllers were stopped'));
      await running;
      await informers.ended();
    },
  };
}
