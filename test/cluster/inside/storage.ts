import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { parseYamlDocuments } from '../../../src/kubernetes/yaml.ts';
import {
  CSI_DRIVER,
  GROUP_SNAPSHOT_CLASS,
  NODE_NAME,
  SNAPSHOT_CLASS,
  STORAGE_CLASS,
  WAITING_STORAGE_CLASS,
} from '../plan.ts';
import type { ClusterPlan } from '../plan.ts';
import type { ClusterIdentity } from './control-plane.ts';
import { KUBELET_HOME } from './node.ts';

/** Definitions of snapshots and groups of snapshots, from the module that publishes them. */
export async function snapshotDefinitions({ built }: ClusterPlan): Promise<KubernetesObject[]> {
  const folder = join(built['csi'] ?? '', 'config/crd');
  const files = (await readdir(folder)).filter((name) => name.includes('storage.k8s.io_'));
  const documents = await Promise.all(
    files.map(async (name) => parseYamlDocuments(await readFile(join(folder, name), 'utf8'), name)),
  );
  return documents.flat() as KubernetesObject[];
}

/** The driver and the classes of storage. */
export function storageObjects(): KubernetesObject[] {
  const storageClass = (name: string, volumeBindingMode: string, annotations = {}) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: CSI_DRIVER,
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
    volumeBindingMode,
  });
  const driver = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: CSI_DRIVER },
    spec: {
      attachRequired: false,
      podInfoOnMount: false,
      fsGroupPolicy: 'File',
      volumeLifecycleModes: ['Persistent'],
    },
  };
  return [
    driver,
    storageClass(STORAGE_CLASS, 'Immediate', { 'storageclass.kubernetes.io/is-default-class': 'true' }),
    storageClass(WAITING_STORAGE_CLASS, 'WaitForFirstConsumer'),
  ];
}

/** Classes of kinds that {@link snapshotDefinitions} makes. */
export function snapshotClasses(): KubernetesObject[] {
  const common = { driver: CSI_DRIVER, deletionPolicy: 'Delete' };
  return [
    {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata: {
        name: SNAPSHOT_CLASS,
        annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
      },
      ...common,
    },
    {
      apiVersion: 'groupsnapshot.storage.k8s.io/v1beta1',
      kind: 'VolumeGroupSnapshotClass',
      metadata: {
        name: GROUP_SNAPSHOT_CLASS,
        annotations: { 'groupsnapshot.storage.kubernetes.io/is-default-class': 'true' },
      },
      ...common,
    },
  ];
}

/** The driver's command line; it registers with the kubelet. */
export function storageDriver({ built, folders }: ClusterPlan): Record<string, string[]> {
  return {
    'folder-driver': [
      join(built['csi'] ?? '', 'folder-driver'),
      `--name=${CSI_DRIVER}`,
      `--folder=${join(folders.run, 'volumes')}`,
      `--socket=${DRIVER_SOCKET}`,
      `--plugins=${KUBELET_HOME}/plugins_registry`,
      `--node=${NODE_NAME}`,
    ],
  };
}

const DRIVER_SOCKET = `${KUBELET_HOME}/plugins/${CSI_DRIVER}/csi.sock`;

/** Command lines of the controllers that turn objects into calls of the driver. */
export function storageControllers(
  { built }: ClusterPlan,
  identity: ClusterIdentity,
): Record<string, string[]> {
  const home = built['csi'] ?? '';
  const common = [`--kubeconfig=${identity.kubeconfig('admin')}`, '--leader-election=false'];
  const sidecar = [...common, `--csi-address=${DRIVER_SOCKET}`];
  const groups = '--feature-gates=CSIVolumeGroupSnapshot=true';
  return {
    'snapshot-controller': [join(home, 'snapshot-controller'), ...common, groups],
    'csi-snapshotter': [join(home, 'csi-snapshotter'), ...sidecar, groups, '--extra-create-metadata'],
    'csi-provisioner': [join(home, 'csi-provisioner'), ...sidecar, '--extra-create-metadata'],
    'csi-resizer': [join(home, 'csi-resizer'), ...sidecar, '--handle-volume-inuse-error=false'],
  };
}
