import { isFields, setAt, textOf, valueAt } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { badRequest, internalError, invalid, invalidValue } from './status-error.ts';

/** The Scale (autoscaling/v1) of an object whose resource has that subresource. */
export function scaleOf(object: ApiObject, { scale }: ResourceDefinition): ApiObject {
  if (!scale) throw new Error(`${object.kind} has no scale`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object, ...scale.specReplicas);
  const current = valueAt(object, ...scale.statusReplicas);
  const selector = scale.labelSelector && valueAt(object, ...scale.labelSelector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: {
      replicas: typeof current === 'number' ? current : 0,
      ...(selector !== undefined && { selector: selectorText(selector) }),
    },
  };
}

/** @throws {StatusError} 500 where a custom resource says no number of replicas */
export function refuseWithoutReplicas(object: ApiObject, { scale, schema }: ResourceDefinition): void {
  if (!scale || !schema || valueAt(object, ...scale.specReplicas) !== undefined) return;
  throw internalError(`the spec replicas field ".${scale.specReplicas.join('.')}" does not exist`);
}

/** The object with the replicas, and the version it is based on, of a Scale. */
export function withScale(object: ApiObject, definition: ResourceDefinition, sent: unknown): ApiObject {
  if (!definition.scale) throw new Error(`${object.kind} has no scale`);
  if (!['', 'Scale'].includes(textOf(valueAt(sent, 'kind'))))
    throw badRequest('the object provided is unrecognized (must be a Scale)');
  const replicas = valueAt(sent, 'spec', 'replicas') ?? 0;
  const name = textOf(valueAt(sent, 'metadata', 'name'));
  if (name !== '' && name !== object.metadata.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${object.metadata.name})`,
    );
  }
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const path = `.${definition.scale.specReplicas.join('.')}`;
    if (definition.schema && typeof replicas === 'number') {
      throw invalid(definition, object.metadata.name, [
        invalidValue(path, replicas, 'should be a non-negative integer'),
      ]);
    }
    throw invalid({ group: 'autoscaling', kind: 'Scale', resource: 'scales' }, object.metadata.name, [
      invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  }
  const scaled = structuredClone(object);
  setAt(scaled, definition.scale.specReplicas, replicas);
  const based = textOf(valueAt(sent, 'metadata', 'resourceVersion'));
  if (based !== '') scaled.metadata.resourceVersion = based;
  return scaled;
}

/** As it stands in a query: `app=db,tier in (a,b)`. Custom resources may have it as text already. */
function selectorText(selector: unknown): string {
  if (!isFields(selector)) return textOf(selector);
  const labels = isFields(selector.matchLabels)
    ? selector.matchLabels
    : 'matchExpressions' in selector
      ? {}
      : selector;
  const equal = Object.entries(labels).map(([key, value]) => `${key}=${textOf(value)}`);
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  const others = expressions.filter(isFields).map(({ key, operator, values }) => {
    const listed = `(${(Array.isArray(values) ? values.map(textOf) : []).join(',')})`;
    switch (operator) {
      case 'In':
        return `${textOf(key)} in ${listed}`;
      case 'NotIn':
        return `${textOf(key)} notin ${listed}`;
      case 'Exists':
        return textOf(key);
      default:
        return `!${textOf(key)}`;
    }
  });
  return [...equal, ...others].join(',');
}
