import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';

const count = { type: 'integer', format: 'int32' };
const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath });

/**
 * OpenShift's DeploymentConfig (apps.openshift.io/v1) as a custom resource, for clusters that are not OpenShift. A status subresource
 * is declared, as OpenShift's own API has one; what the tests' controller does not look at is kept as it is.
 */
export const DEPLOYMENT_CONFIG_DEFINITION: KubernetesObject & { spec: object } = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'deploymentconfigs.apps.openshift.io' },
  spec: {
    group: 'apps.openshift.io',
    scope: 'Namespaced',
    names: {
      plural: 'deploymentconfigs',
      singular: 'deploymentconfig',
      kind: 'DeploymentConfig',
      listKind: 'DeploymentConfigList',
      shortNames: ['dc'],
      categories: ['all'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          column('Revision', 'integer', '.status.latestVersion'),
          column('Desired', 'integer', '.spec.replicas'),
          column('Current', 'integer', '.status.updatedReplicas'),
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                'x-kubernetes-preserve-unknown-fields': true,
                properties: {
                  replicas: { ...count, minimum: 0, default: 1 },
                  selector: { type: 'object', additionalProperties: { type: 'string' } },
                  template: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
                required: ['template'],
              },
              status: {
                type: 'object',
                properties: {
                  latestVersion: { type: 'integer', format: 'int64' },
                  observedGeneration: { type: 'integer', format: 'int64' },
                  replicas: count,
                  updatedReplicas: count,
                  availableReplicas: count,
                  unavailableReplicas: count,
                  readyReplicas: count,
                },
              },
            },
          },
        },
      },
    ],
  },
};
