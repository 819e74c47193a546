import type { KubernetesObject } from '../../kubernetes/objects.ts';

/** The fields of the snapshot API (snapshot.storage.k8s.io/v1, groupsnapshot.storage.k8s.io/v1) that are read and written here. */

export interface SnapshotError {
  message?: string;
  time?: string;
}

export interface SnapshotReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

export type DeletionPolicy = 'Delete' | 'Retain';

export interface VolumeSnapshot extends KubernetesObject {
  spec: {
    volumeSnapshotClassName?: string;
    source: { persistentVolumeClaimName?: string; volumeSnapshotContentName?: string };
  };
  status?: {
    boundVolumeSnapshotContentName?: string;
    creationTime?: string;
    readyToUse?: boolean;
    restoreSize?: string;
    error?: SnapshotError;
    volumeGroupSnapshotName?: string;
  };
}

export interface VolumeSnapshotContent extends KubernetesObject {
  spec: {
    deletionPolicy: DeletionPolicy;
    driver: string;
    source: { volumeHandle?: string; snapshotHandle?: string };
    sourceVolumeMode?: string;
    volumeSnapshotClassName?: string;
    volumeSnapshotRef: SnapshotReference;
  };
  status?: {
    /** Nanoseconds since 1970. */
    creationTime?: number;
    readyToUse?: boolean;
    /** Bytes. */
    restoreSize?: number;
    snapshotHandle?: string;
    error?: SnapshotError;
    volumeGroupSnapshotHandle?: string;
  };
}

export interface SnapshotClass extends KubernetesObject {
  driver: string;
  deletionPolicy: DeletionPolicy;
  parameters?: Record<string, string>;
}

export interface VolumeGroupSnapshot extends KubernetesObject {
  spec: {
    volumeGroupSnapshotClassName?: string;
    source: {
      selector?: { matchLabels?: Record<string, string>; matchExpressions?: object[] };
      volumeGroupSnapshotContentName?: string;
    };
  };
  status?: {
    boundVolumeGroupSnapshotContentName?: string;
    creationTime?: string;
    readyToUse?: boolean;
    error?: SnapshotError;
  };
}

export interface VolumeGroupSnapshotContent extends KubernetesObject {
  spec: {
    deletionPolicy: DeletionPolicy;
    driver: string;
    source: {
      volumeHandles?: string[];
      groupSnapshotHandles?: { volumeGroupSnapshotHandle: string; volumeSnapshotHandles: string[] };
    };
    volumeGroupSnapshotClassName?: string;
    volumeGroupSnapshotRef: SnapshotReference;
  };
  status?: {
    creationTime?: string;
    readyToUse?: boolean;
    volumeGroupSnapshotHandle?: string;
    volumeSnapshotInfoList?: VolumeSnapshotInfo[];
    error?: SnapshotError;
  };
}

export interface VolumeSnapshotInfo {
  volumeHandle: string;
  snapshotHandle: string;
  creationTime?: number;
  readyToUse?: boolean;
  restoreSize?: number;
}
