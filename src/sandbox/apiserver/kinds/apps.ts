import type { ResourceDefinition } from '../resource-definition.ts';
import { beginTemplateGeneration, daemonSetErrors, raiseTemplateGeneration } from '../rules/daemon-set.ts';
import { deploymentErrors, deploymentUpdateErrors } from '../rules/deployment.ts';
import { statefulSetErrors, statefulSetUpdateErrors } from '../rules/stateful-set.ts';
import { workloadErrors } from '../rules/workload.ts';
import {
  applyDaemonSetDefaults,
  applyDeploymentDefaults,
  applyReplicaSetDefaults,
  applyStatefulSetDefaults,
} from '../workload-defaults.ts';
import { controllerRevisionErrors } from '../rules/controller-revision.ts';
import { immutable } from '../rules/immutable.ts';
import { WORKLOAD_SCALE, defineKind, startingStatus } from './define-kind.ts';

export const APPS_KINDS: ResourceDefinition[] = [
  apps('controllerrevisions', 'ControllerRevision', {
    validate: controllerRevisionErrors,
    validateUpdate: (object, old) => immutable(object, old, ['data']),
  }),
  workload('daemonsets', 'DaemonSet', {
    shortNames: ['ds'],
    prepareCreate: beginTemplateGeneration,
    prepareUpdate: raiseTemplateGeneration,
    applyDefaults: applyDaemonSetDefaults,
    validate: daemonSetErrors,
    validateUpdate: deploymentUpdateErrors,
  }),
  workload('deployments', 'Deployment', {
    shortNames: ['deploy'],
    scale: WORKLOAD_SCALE,
    prepareCreate: startingStatus({}),
    applyDefaults: applyDeploymentDefaults,
    validate: deploymentErrors,
    validateUpdate: deploymentUpdateErrors,
  }),
  workload('replicasets', 'ReplicaSet', {
    shortNames: ['rs'],
    scale: WORKLOAD_SCALE,
    prepareCreate: startingStatus({ replicas: 0 }),
    applyDefaults: applyReplicaSetDefaults,
    validate: workloadErrors,
    validateUpdate: deploymentUpdateErrors,
  }),
  workload('statefulsets', 'StatefulSet', {
    shortNames: ['sts'],
    scale: WORKLOAD_SCALE,
    prepareCreate: startingStatus({ replicas: 0, availableReplicas: 0 }),
    applyDefaults: applyStatefulSetDefaults,
    validate: statefulSetErrors,
    validateUpdate: statefulSetUpdateErrors,
  }),
];

function apps(resource: string, kind: string, variation: Partial<ResourceDefinition>): ResourceDefinition {
  return defineKind('apps', resource, kind, variation);
}

function workload(
  resource: string,
  kind: string,
  variation: Partial<ResourceDefinition>,
): ResourceDefinition {
  return apps(resource, kind, {
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    ...variation,
  });
}
