import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { Condition, LabelSelectorObject, NodeSelectorTerm } from './kinds.ts';

/** The fields of claims, volumes and their classes that the controllers read and write. */

export interface Claim extends KubernetesObject {
  spec: {
    accessModes: string[];
    resources: { requests: { storage: string } };
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    selector?: LabelSelectorObject;
    dataSource?: DataSource | null;
    dataSourceRef?: (DataSource & { namespace?: string }) | null;
  };
  status?: {
    phase?: string;
    accessModes?: string[];
    capacity?: { storage: string };
    conditions?: Condition[];
    allocatedResources?: { storage: string };
    allocatedResourceStatuses?: { storage: string };
  };
}

export interface DataSource {
  apiGroup?: string | null;
  kind: string;
  name: string;
}

export interface ClaimReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

export interface Volume extends KubernetesObject {
  spec: {
    capacity: { storage: string };
    accessModes: string[];
    persistentVolumeReclaimPolicy?: string;
    storageClassName?: string;
    volumeMode?: string;
    hostPath?: { path: string; type?: string };
    local?: { path: string };
    csi?: {
      driver: string;
      volumeHandle: string;
      fsType?: string;
      volumeAttributes?: Record<string, string>;
    };
    nodeAffinity?: { required?: { nodeSelectorTerms: NodeSelectorTerm[] } };
    claimRef?: ClaimReference;
  };
  status?: { phase?: string; lastPhaseTransitionTime?: string; message?: string; reason?: string };
}

export interface StorageClass extends KubernetesObject {
  provisioner: string;
  reclaimPolicy?: string;
  volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer';
  allowVolumeExpansion?: boolean;
  parameters?: Record<string, string>;
}
