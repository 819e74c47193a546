import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kubernetes/resources.ts';
import { object, text, type StructuralSchema } from './structural-schema.ts';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  format?: 'date-time';
  jsonPath: string;
}

/** apiextensions.k8s.io/v1, as far as our definitions use it. */
export interface CustomResourceDefinition extends KubernetesObject {
  apiVersion: string;
  kind: 'CustomResourceDefinition';
  metadata: { name: string };
  spec: {
    group: string;
    scope: 'Namespaced';
    names: { kind: string; listKind: string; plural: string; singular: string };
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      schema: { openAPIV3Schema: StructuralSchema };
      additionalPrinterColumns?: PrinterColumn[];
      /** Unknown to API servers before 1.30, which drop it. */
      selectableFields?: { jsonPath: string }[];
    }[];
  };
}

export interface KanisterResource {
  kind: string;
  /** Also the singular's stem: `actionsets` → `actionset`. */
  plural: string;
  description: string;
  /** Beside apiVersion, kind and metadata. */
  properties: Record<string, StructuralSchema>;
  columns?: PrinterColumn[];
  selectable?: string[];
}

/** A kind of cr.kanister.io/v1alpha1: namespaced, one version, no subresources (Kanister writes status with the object). */
export function defineKanisterResource(resource: KanisterResource): CustomResourceDefinition {
  const { kind, plural, description, properties, columns, selectable } = resource;
  return {
    apiVersion: `${CUSTOM_RESOURCE_DEFINITIONS.group}/${CUSTOM_RESOURCE_DEFINITIONS.version}`,
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cr.kanister.io` },
    spec: {
      group: 'cr.kanister.io',
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: object(
              { apiVersion: text(), kind: text(), metadata: { type: 'object' }, ...properties },
              description,
            ),
          },
          ...(columns && { additionalPrinterColumns: columns }),
          ...(selectable && { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) }),
        },
      ],
    },
  };
}
