import { kindCases, withSpec } from '../kind-of-case.ts';

const claim = {
  storageClassName: 'none',
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
};
const volume = {
  // Not that of the claims, which could bind it.
  storageClassName: 'never',
  capacity: { storage: '1Gi' },
  accessModes: ['ReadWriteOnce'],
  hostPath: { path: '/tmp/never' },
};
const driver = { name: 'example.com', nodeID: 'n', topologyKeys: ['example.com/zone'] };
const attachment = { attacher: 'example.com', nodeName: 'never', source: { persistentVolumeName: 'never' } };

kindCases([
  {
    behaviour: 'kind-persistentvolumeclaim',
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    resource: 'persistentvolumeclaims',
    minimal: { spec: claim },
    valid: [
      withSpec(claim, {
        dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
      }),
    ],
    invalid: [
      { spec: {} },
      withSpec(claim, { accessModes: ['Sometimes'] }),
      withSpec(claim, { accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] }),
      withSpec(claim, { resources: { requests: { storage: '0' } } }),
      withSpec(claim, { volumeMode: 'Tape' }),
      withSpec(claim, { storageClassName: 'A_B' }),
    ],
  },
  {
    behaviour: 'kind-persistentvolume',
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    resource: 'persistentvolumes',
    clusterWide: true,
    minimal: { spec: volume },
    invalid: [
      { spec: {} },
      withSpec(volume, { hostPath: { path: '../x' } }),
      withSpec(volume, { persistentVolumeReclaimPolicy: 'Burn' }),
      withSpec(volume, { nfs: { server: 's', path: '/p' } }),
    ],
    racing: ['Status'],
  },
  {
    behaviour: 'kind-storageclass',
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    resource: 'storageclasses',
    clusterWide: true,
    minimal: { provisioner: 'example.com/none' },
    invalid: [
      {},
      { provisioner: 'p', reclaimPolicy: 'Burn' },
      { provisioner: 'p', volumeBindingMode: 'Late' },
    ],
    refusedChanges: [{ provisioner: 'example.com/other' }, { volumeBindingMode: 'WaitForFirstConsumer' }],
  },
  {
    behaviour: 'kind-csidriver',
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    resource: 'csidrivers',
    clusterWide: true,
    minimal: { spec: {} },
    invalid: [{ metadata: { name: 'A_B' } }],
  },
  {
    behaviour: 'kind-csinode',
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    resource: 'csinodes',
    clusterWide: true,
    minimal: { spec: { drivers: [driver] } },
    valid: [{ spec: { drivers: [] } }],
    invalid: [
      { spec: { drivers: [driver, driver] } },
      { spec: { drivers: [{ name: 'A_b', nodeID: '' }] } },
      { spec: { drivers: [{ ...driver, allocatable: { count: -1 } }] } },
      { spec: { drivers: [{ ...driver, topologyKeys: ['a b', ''] }] } },
    ],
    refusedChanges: [{ spec: { drivers: [{ ...driver, nodeID: 'other' }] } }],
  },
  {
    behaviour: 'kind-volumeattachment',
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    resource: 'volumeattachments',
    clusterWide: true,
    minimal: { spec: attachment },
    invalid: [
      { spec: {} },
      withSpec(attachment, { attacher: 'A_b' }),
      withSpec(attachment, { source: {} }),
      withSpec(attachment, { nodeName: 'A b' }),
    ],
    refusedChanges: [withSpec(attachment, { nodeName: 'other' })],
  },
]);
