import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { StorageClass } from '../controllers/storage-kinds.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';
import { snapshotObjects } from './snapshot-objects.ts';

/** The class of claims that name none. */
export const DEFAULT_STORAGE_CLASS = 'standard';
/** The class whose claims are bound when their first pod has a node. */
export const WAITING_STORAGE_CLASS = 'standard-wait';

/** The classes, definitions and the driver's object that a cluster with the folder driver has. */
export function storageObjects(): KubernetesObject[] {
  const driver: KubernetesObject & { spec: object } = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: FOLDER_DRIVER },
    spec: {
      attachRequired: false,
      fsGroupPolicy: 'File',
      podInfoOnMount: false,
      volumeLifecycleModes: ['Persistent'],
    },
  };
  const common = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    provisioner: FOLDER_DRIVER,
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
  };
  const immediate: StorageClass = {
    ...common,
    metadata: {
      name: DEFAULT_STORAGE_CLASS,
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    volumeBindingMode: 'Immediate',
  };
  const waiting: StorageClass = {
    ...common,
    metadata: { name: WAITING_STORAGE_CLASS },
    volumeBindingMode: 'WaitForFirstConsumer',
  };
  return [driver, immediate, waiting, ...snapshotObjects()];
}
