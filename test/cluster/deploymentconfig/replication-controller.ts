import { createHash } from 'node:crypto';
import type { JsonObject, KubernetesObject, ObjectMeta } from '../../../src/kubernetes/objects.ts';

/** The fields of a DeploymentConfig that its controller reads. */
export interface DeploymentConfig extends KubernetesObject {
  spec: {
    replicas?: number;
    /** Labels; those of the template when absent. */
    selector?: Record<string, string>;
    template: PodTemplate;
  };
  status?: DeploymentConfigStatus;
}

export interface DeploymentConfigStatus {
  latestVersion: number;
  observedGeneration: number;
  replicas: number;
  updatedReplicas: number;
  availableReplicas: number;
  unavailableReplicas: number;
  readyReplicas: number;
}

export interface ReplicationController extends KubernetesObject {
  spec: { replicas?: number; selector?: Record<string, string>; template: PodTemplate };
  status?: {
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    observedGeneration?: number;
  };
}

interface PodTemplate {
  metadata?: ObjectMeta;
  spec?: JsonObject;
}

const CONFIG_NAME = 'openshift.io/deployment-config.name';
const CONFIG_VERSION = 'openshift.io/deployment-config.latest-version';
/** Ours: tells whether the template has changed since. OpenShift keeps the whole configuration in an annotation for that. */
const TEMPLATE_HASH = 'kanister-operator.test/template-hash';

/** One version of a DeploymentConfig, named `<config>-<version>` and labelled as OpenShift does. */
export function replicationControllerOf(config: DeploymentConfig, version: number): ReplicationController {
  const { name = '', namespace, uid = '' } = config.metadata ?? {};
  const own = `${name}-${version}`;
  const { template } = config.spec;
  const identity = { [CONFIG_NAME]: name, [CONFIG_VERSION]: String(version) };
  const labels = { deployment: own, deploymentconfig: name };
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: {
      name: own,
      ...(namespace !== undefined && { namespace }),
      labels: { ...config.metadata?.labels, [CONFIG_NAME]: name },
      annotations: {
        ...identity,
        'openshift.io/deployment.phase': 'Complete',
        [TEMPLATE_HASH]: hashOf(config),
      },
      ownerReferences: [
        {
          apiVersion: 'apps.openshift.io/v1',
          kind: 'DeploymentConfig',
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas: config.spec.replicas ?? 1,
      selector: { ...(config.spec.selector ?? template.metadata?.labels), ...labels },
      template: {
        ...template,
        metadata: {
          ...template.metadata,
          labels: { ...template.metadata?.labels, ...labels },
          annotations: {
            ...template.metadata?.annotations,
            ...identity,
            'openshift.io/deployment.name': own,
          },
        },
      },
    },
  };
}

/** Whether it is what `config` asks for now, its number of replicas apart. */
export const isCurrent = (controller: ReplicationController, config: DeploymentConfig) =>
  controller.metadata?.annotations?.[TEMPLATE_HASH] === hashOf(config);

/** 0 for what is no version of a DeploymentConfig. */
export const versionOf = ({ metadata }: ReplicationController) =>
  Number(metadata?.annotations?.[CONFIG_VERSION] ?? 0);

const hashOf = ({ spec }: DeploymentConfig) =>
  createHash('sha256')
    .update(JSON.stringify([spec.template, spec.selector]))
    .digest('hex')
    .slice(0, 16);
