import type { BuiltImages } from './images/build-images.ts';
import type { BuiltModules } from './build-programs.ts';
import type { ClusterFolders } from './folders.ts';
import type { Uplink } from './free-range.ts';

/** What a cluster is made of: decided outside, carried out by the program inside of its namespaces. */
export interface ClusterPlan {
  folders: ClusterFolders;
  /** Where programs of the machine are looked for. */
  path: string;
  uplink: Uplink;
  /** The cluster's end of the connection to the machine. */
  networkDevice: string;
  built: BuiltModules;
  images: BuiltImages;
}

/** How far the cluster is. */
export interface ClusterProgress {
  state: 'starting' | 'ready' | 'failed';
  /** What was reached, and after how many seconds. */
  steps: { seconds: number; what: string }[];
  /** Why it failed. */
  fault?: string;
  components: Record<string, ComponentProgress>;
}

export interface ComponentProgress {
  state: 'running' | 'ended';
  /** How it ended. */
  end?: string;
}

/** What tests need to know of the cluster that runs. */
export interface ClusterFacts {
  /** A file, for an administrator. */
  kubeconfig: string;
  /** The API server's address. */
  server: string;
  /** The machine, as pods and the API server reach it: for webhooks and object stores that listen on this address. */
  hostAddress: string;
  node: string;
  podRange: string;
  serviceRange: string;
  /** kubectl of the cluster's version. */
  kubectl: string;
  /** A folder with a log of each component. */
  logs: string;
  /** The default one; its claims are bound at once. */
  storageClass: string;
  /** Its claims are bound when a pod needs them. */
  waitingStorageClass: string;
  snapshotClass: string;
  groupSnapshotClass: string;
  /** Served under any host and tag. */
  images: string[];
}

export const NODE_NAME = 'node-1';
export const STORAGE_CLASS = 'standard';
export const WAITING_STORAGE_CLASS = 'standard-wait';
export const SNAPSHOT_CLASS = 'standard';
export const GROUP_SNAPSHOT_CLASS = 'standard';
export const CSI_DRIVER = 'folders.csi.test';
