import { kindCases, withSpec } from '../kind-of-case.ts';

// Of a driver that is nowhere, so that no controller looks after them.
const driver = 'never.example.com';
const GROUP = 'snapshot.storage.k8s.io';
const GROUPS = 'groupsnapshot.storage.k8s.io';

const snapshotClass = { driver, deletionPolicy: 'Delete' };
const ofClaim = { source: { persistentVolumeClaimName: 'none' }, volumeSnapshotClassName: 'none' };
const ofSelector = {
  source: { selector: { matchLabels: { app: 'a' } } },
  volumeGroupSnapshotClassName: 'none',
};
const content = {
  ...snapshotClass,
  source: { snapshotHandle: 'h' },
  volumeSnapshotRef: { name: 's', namespace: 'default' },
};
const groupContent = {
  ...snapshotClass,
  source: { groupSnapshotHandles: { volumeGroupSnapshotHandle: 'h', volumeSnapshotHandles: ['a'] } },
  volumeGroupSnapshotRef: { name: 'g', namespace: 'default' },
};

kindCases([
  {
    behaviour: 'kind-volumesnapshot',
    apiVersion: `${GROUP}/v1`,
    kind: 'VolumeSnapshot',
    resource: 'volumesnapshots',
    minimal: { spec: ofClaim },
    valid: [{ spec: { source: { volumeSnapshotContentName: 'none' } } }],
    invalid: [
      {},
      { spec: {} },
      { spec: { source: {} } },
      { spec: { source: { persistentVolumeClaimName: 'a', volumeSnapshotContentName: 'b' } } },
      withSpec(ofClaim, { volumeSnapshotClassName: '' }),
    ],
    refusedChanges: [withSpec(ofClaim, { source: { persistentVolumeClaimName: 'other' } })],
    racing: ['ReadyToUse'],
  },
  {
    behaviour: 'kind-volumesnapshotclass',
    apiVersion: `${GROUP}/v1`,
    kind: 'VolumeSnapshotClass',
    resource: 'volumesnapshotclasses',
    clusterWide: true,
    minimal: snapshotClass,
    valid: [{ ...snapshotClass, parameters: { a: 'b' } }],
    invalid: [
      {},
      { ...snapshotClass, deletionPolicy: 'Burn' },
      { ...snapshotClass, parameters: { a: 1 } },
      { deletionPolicy: 'Delete' },
    ],
    refusedChanges: [{ deletionPolicy: 'Burn' }],
  },
  {
    behaviour: 'kind-volumesnapshotcontent',
    apiVersion: `${GROUP}/v1`,
    kind: 'VolumeSnapshotContent',
    resource: 'volumesnapshotcontents',
    clusterWide: true,
    minimal: { spec: content },
    invalid: [
      {},
      { spec: {} },
      withSpec(content, { source: {} }),
      withSpec(content, { source: { snapshotHandle: 'h', volumeHandle: 'v' } }),
      withSpec(content, { volumeSnapshotRef: { name: 's' } }),
      withSpec(content, { sourceVolumeMode: 1 }),
    ],
    refusedChanges: [withSpec(content, { source: { snapshotHandle: 'other' } })],
    racing: ['ReadyToUse', 'RestoreSize'],
  },
  {
    behaviour: 'kind-volumegroupsnapshot',
    apiVersion: `${GROUPS}/v1`,
    kind: 'VolumeGroupSnapshot',
    resource: 'volumegroupsnapshots',
    minimal: { spec: ofSelector },
    valid: [{ spec: { source: { volumeGroupSnapshotContentName: 'none' } } }],
    invalid: [
      {},
      { spec: { source: {} } },
      { spec: { source: { ...ofSelector.source, volumeGroupSnapshotContentName: 'c' } } },
      { spec: { source: { selector: { matchExpressions: [{ key: 'a' }] } } } },
      withSpec(ofSelector, { volumeGroupSnapshotClassName: '' }),
    ],
    refusedChanges: [withSpec(ofSelector, { source: { selector: { matchLabels: { app: 'b' } } } })],
    racing: ['ReadyToUse'],
  },
  {
    behaviour: 'kind-volumegroupsnapshotclass',
    apiVersion: `${GROUPS}/v1`,
    kind: 'VolumeGroupSnapshotClass',
    resource: 'volumegroupsnapshotclasses',
    clusterWide: true,
    minimal: snapshotClass,
    invalid: [{}, { ...snapshotClass, deletionPolicy: 'Burn' }, { ...snapshotClass, driver: 1 }],
    refusedChanges: [{ deletionPolicy: 'Retain' }],
  },
  {
    behaviour: 'kind-volumegroupsnapshotcontent',
    apiVersion: `${GROUPS}/v1`,
    kind: 'VolumeGroupSnapshotContent',
    resource: 'volumegroupsnapshotcontents',
    clusterWide: true,
    minimal: { spec: groupContent },
    valid: [withSpec(groupContent, { source: { volumeHandles: ['v'] } })],
    invalid: [
      {},
      { spec: {} },
      withSpec(groupContent, { source: {} }),
      withSpec(groupContent, { volumeGroupSnapshotRef: { name: 'g' } }),
      withSpec(groupContent, { source: { ...groupContent.source, volumeHandles: ['v'] } }),
    ],
    refusedChanges: [withSpec(groupContent, { deletionPolicy: 'Burn' })],
    racing: ['ReadyToUse'],
  },
]);
