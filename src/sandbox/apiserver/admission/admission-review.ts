import { encodeObject } from '../decode-object.ts';
import { apiVersionOf } from '../resource-definition.ts';
import type { Fields } from '../json-value.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** The question to a webhook: an AdmissionReview, admission.k8s.io/v1. `seenAs`: the version in which it wants to see the object. */
export function admissionReview(
  request: AdmissionRequest,
  seenAs: ResourceDefinition,
  { uid, mutating }: { uid: string; mutating: boolean },
): Fields {
  const { definition, operation, subresource, namespace, name, object, old, options } = request;
  const { user } = options;
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind: kindOf(request, seenAs),
      resource: resourceOf(seenAs),
      ...(subresource !== undefined && { subResource: subresource }),
      requestKind: kindOf(request, definition),
      requestResource: resourceOf(definition),
      ...(subresource !== undefined && { requestSubResource: subresource }),
      ...(name !== '' && { name }),
      ...(namespace !== undefined && { namespace }),
      operation,
      userInfo: {
        username: user.username,
        ...(user.uid !== undefined && { uid: user.uid }),
        groups: user.groups,
        ...(user.extra && { extra: user.extra }),
      },
      object: object
        ? shown(inVersion(object, definition, seenAs), operation === 'CREATE' && mutating)
        : null,
      oldObject: old ? inVersion(old, definition, seenAs) : null,
      dryRun: options.dryRun,
      options: operationOptions(request),
    },
  };
}

/** What mutating webhooks see of an object to come has not been given its identity yet. */
export function shown(object: ApiObject, unborn: boolean): ApiObject {
  if (!unborn) return object;
  const { uid: _uid, creationTimestamp: _creationTimestamp, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const resourceOf = ({ group, version, resource }: ResourceDefinition) => ({ group, version, resource });

/** What is sent to a subresource may be of a kind of its own. */
function kindOf(
  { object, subresource }: AdmissionRequest,
  { group, version, kind }: ResourceDefinition,
): object {
  if (subresource === undefined || !object || object.kind === kind) return { group, version, kind };
  const [ownGroup = '', ownVersion] = object.apiVersion.split('/');
  return ownVersion === undefined
    ? { group: '', version: ownGroup, kind: object.kind }
    : { group: ownGroup, version: ownVersion, kind: object.kind };
}

/** An object as a version of its resource shows it; what is of another kind stays as it is. */
export function inVersion(
  object: ApiObject,
  definition: ResourceDefinition,
  seenAs: ResourceDefinition,
): ApiObject {
  if (object.kind !== definition.kind) return object;
  return encodeObject(seenAs.fromStorage?.(object) ?? { ...object, apiVersion: apiVersionOf(seenAs) });
}

const OPTIONS_KINDS = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
} as const;

function operationOptions({ operation, options }: AdmissionRequest): object | null {
  if (operation === 'CONNECT') return null;
  const { dryRun, fieldValidation, manager, gracePeriodSeconds, propagationPolicy, preconditions } = options;
  return {
    kind: OPTIONS_KINDS[operation],
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun && { dryRun: ['All'] }),
    ...(operation === 'DELETE'
      ? {
          ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
          ...(propagationPolicy !== undefined && { propagationPolicy }),
          ...(preconditions && { preconditions }),
        }
      : {
          ...(typeof manager === 'string' && { fieldManager: manager }),
          // Warn is what holds when nothing is asked for.
          ...(fieldValidation !== undefined && fieldValidation !== 'Warn' && { fieldValidation }),
        }),
  };
}
