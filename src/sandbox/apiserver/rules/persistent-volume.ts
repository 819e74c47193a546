import { equalJson, fieldsOf, listOf, textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { immutable } from './immutable.ts';

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'fc',
  'flocker',
  'iscsi',
  'cinder',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
];

export function persistentVolumeErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const capacity = fieldsOf(spec.capacity);
  const modes = listOf(spec.accessModes).map(textOf);
  const sources = SOURCES.filter((source) => spec[source] !== undefined);
  const path = textOf(fieldsOf(spec.hostPath).path);
  return [
    ...(modes.length === 0 ? [required('spec.accessModes')] : []),
    ...modes
      .filter((mode) => !ACCESS_MODES.includes(mode))
      .map((mode) => unsupportedValue('spec.accessModes', mode, ACCESS_MODES)),
    ...(Object.keys(capacity).length === 0 ? [required('spec.capacity')] : []),
    ...(capacity.storage === undefined || Object.keys(capacity).length > 1
      ? [unsupportedValue('spec.capacity', goMapOf(capacity), ['storage'])]
      : []),
    ...(RECLAIM_POLICIES.includes(textOf(spec.persistentVolumeReclaimPolicy))
      ? []
      : [
          unsupportedValue(
            'spec.persistentVolumeReclaimPolicy',
            spec.persistentVolumeReclaimPolicy,
            RECLAIM_POLICIES,
          ),
        ]),
    ...(spec.hostPath !== undefined && path === '' ? [required('spec.hostPath.path')] : []),
    ...(path.split('/').includes('..')
      ? [invalidValue('spec.hostPath.path', path, "must not contain '..'")]
      : []),
    ...(sources.length === 0 ? [required('spec', 'must specify a volume type')] : []),
    ...sources
      .slice(1)
      .map((source) => forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type')),
  ];
}

/** The server prints a list of quantities as what Go sees of it. */
const goMapOf = (capacity: object): unknown => (Object.keys(capacity).length === 0 ? null : capacity);

export function persistentVolumeUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const source = (volume: ApiObject) => SOURCES.map((name) => fieldsOf(volume.spec)[name]);
  return [
    ...(equalJson(source(object), source(old))
      ? []
      : [
          forbiddenField(
            'spec.persistentvolumesource',
            'spec.persistentvolumesource is immutable after creation',
          ),
        ]),
    ...immutable(object, old, ['spec', 'volumeMode']),
  ];
}
