import { compareQuantities, parseQuantity } from '../../../kubernetes/quantity.ts';
import { ownSpec, textOf, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { forbidden } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';

const CLASSES = 'storageclasses.storage.k8s.io';
const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** A claim that names no class gets the default one: the newest, where there are several. */
export function chooseStorageClass(context: ServerContext, { object }: AdmissionRequest): void {
  if (!object) return;
  const spec = ownSpec(object);
  const annotated = object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'];
  if (spec.storageClassName !== undefined || annotated !== undefined) return;
  const [chosen] = context.store
    .list(CLASSES)
    .filter(({ metadata }) => DEFAULT_ANNOTATIONS.some((key) => metadata.annotations?.[key] === 'true'))
    .toSorted((a, b) => age(b) - age(a) || (a.metadata.name < b.metadata.name ? -1 : 1));
  if (chosen) spec.storageClassName = chosen.metadata.name;
}

const age = ({ metadata }: ApiObject): number => Date.parse(metadata.creationTimestamp ?? '') || 0;

const PROTECTION: Record<string, string> = {
  persistentvolumes: 'kubernetes.io/pv-protection',
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
};

/** Storage that is in use does not go: a controller takes this finalizer away once it is not. */
export function protectStorage({ definition, object }: AdmissionRequest): void {
  const finalizer = PROTECTION[definition.storage];
  if (!object || finalizer === undefined) return;
  const given = object.metadata.finalizers ?? [];
  if (!given.includes(finalizer)) object.metadata.finalizers = [...given, finalizer];
}

/** Only what is bound, of a class that allows it, grows. */
export function refuseResize(
  context: ServerContext,
  { definition, name, object, old }: AdmissionRequest,
): void {
  const [size, before] = [sizeOf(object), sizeOf(old)];
  if (!size || !before || compareQuantities(size, before) <= 0) return;
  if (valueAt(old, 'status', 'phase') !== 'Bound')
    throw forbidden(definition, name, 'Only bound persistent volume claims can be expanded');
  const chosen = context.store.get(CLASSES, undefined, textOf(valueAt(object, 'spec', 'storageClassName')));
  if (chosen?.allowVolumeExpansion === true) return;
  throw forbidden(
    definition,
    name,
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
}

function sizeOf(claim: ApiObject | undefined) {
  const size = valueAt(claim, 'spec', 'resources', 'requests', 'storage');
  return typeof size === 'string' ? parseQuantity(size) : undefined;
}
