import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';
// From module github.com/kubernetes-csi/external-snapshotter/client/v8 v8.6.0, config/crd, without descriptions.
import definitions from './snapshot-definitions.json' with { type: 'json' };
import type { SnapshotClass } from './snapshot-kinds.ts';

/** The snapshot class of the folder driver, the default one. */
export const SNAPSHOT_CLASS = 'standard';

/** The snapshot API's definitions and classes, in the order in which they can be made. */
export function snapshotObjects(): KubernetesObject[] {
  const common = { driver: FOLDER_DRIVER, deletionPolicy: 'Delete' as const };
  const snapshots: SnapshotClass = {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    ...common,
    metadata: {
      name: SNAPSHOT_CLASS,
      annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
    },
  };
  const groups: SnapshotClass = {
    apiVersion: 'groupsnapshot.storage.k8s.io/v1',
    kind: 'VolumeGroupSnapshotClass',
    ...common,
    metadata: {
      name: SNAPSHOT_CLASS,
      annotations: { 'groupsnapshot.storage.kubernetes.io/is-default-class': 'true' },
    },
  };
  return [...definitions, snapshots, groups];
}
