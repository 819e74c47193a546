import { ownFields, ownSpec, setDefault } from '../json-value.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { csiNodeErrors, csiNodeUpdateErrors } from '../rules/csi-node.ts';
import { volumeAttachmentErrors } from '../rules/volume-attachment.ts';
import { storageClassErrors, storageClassUpdateErrors } from '../rules/storage-class.ts';
import { immutable } from '../rules/immutable.ts';
import { defineKind } from './define-kind.ts';

export const STORAGE_KINDS: ResourceDefinition[] = [
  storage('csidrivers', 'CSIDriver', { requiresResourceVersion: true, applyDefaults: applyDriverDefaults }),
  storage('csinodes', 'CSINode', {
    requiresResourceVersion: true,
    applyDefaults: (object) => void ownSpec(object),
    validate: csiNodeErrors,
    validateUpdate: csiNodeUpdateErrors,
  }),
  storage('storageclasses', 'StorageClass', {
    shortNames: ['sc'],
    applyDefaults(object) {
      setDefault(object, 'reclaimPolicy', 'Delete');
      setDefault(object, 'volumeBindingMode', 'Immediate');
    },
    validate: storageClassErrors,
    validateUpdate: storageClassUpdateErrors,
  }),
  storage('volumeattachments', 'VolumeAttachment', {
    statusSubresource: true,
    requiresResourceVersion: true,
    prepareCreate(object) {
      object.status = { attached: false };
    },
    applyDefaults(object) {
      ownFields(ownSpec(object), 'source');
    },
    validate: volumeAttachmentErrors,
    validateUpdate: (object, old) => immutable(object, old, ['spec']),
  }),
];

function storage(resource: string, kind: string, variation: Partial<ResourceDefinition>): ResourceDefinition {
  return defineKind('storage.k8s.io', resource, kind, {
    namespaced: false,
    returnsDeleted: true,
    ...variation,
  });
}

function applyDriverDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'attachRequired', true);
  setDefault(spec, 'podInfoOnMount', false);
  setDefault(spec, 'storageCapacity', false);
  setDefault(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType');
  setDefault(spec, 'volumeLifecycleModes', ['Persistent']);
  setDefault(spec, 'requiresRepublish', false);
  setDefault(spec, 'seLinuxMount', false);
}
