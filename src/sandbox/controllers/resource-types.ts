import { named } from '../../kubernetes/resources.ts';

/** The resources that only the sandbox's controllers address. */
export const ENDPOINTS = named('', 'endpoints', 'Endpoints');
export const ENDPOINT_SLICES = named('discovery.k8s.io', 'endpointslices', 'EndpointSlice');
export const RESOURCE_QUOTAS = named('', 'resourcequotas', 'ResourceQuota');
export const CONTROLLER_REVISIONS = named('apps', 'controllerrevisions', 'ControllerRevision');
export const DAEMON_SETS = named('apps', 'daemonsets', 'DaemonSet');
export const CRON_JOBS = named('batch', 'cronjobs', 'CronJob');
export const POD_DISRUPTION_BUDGETS = named('policy', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const STORAGE_CLASSES = named('storage.k8s.io', 'storageclasses', 'StorageClass', false);
export const CSI_DRIVERS = named('storage.k8s.io', 'csidrivers', 'CSIDriver', false);

const SNAPSHOTS = 'snapshot.storage.k8s.io';
export const VOLUME_SNAPSHOTS = named(SNAPSHOTS, 'volumesnapshots', 'VolumeSnapshot');
export const VOLUME_SNAPSHOT_CONTENTS = named(
  SNAPSHOTS,
  'volumesnapshotcontents',
  'VolumeSnapshotContent',
  false,
);
export const VOLUME_SNAPSHOT_CLASSES = named(
  SNAPSHOTS,
  'volumesnapshotclasses',
  'VolumeSnapshotClass',
  false,
);

const GROUPS = 'groupsnapshot.storage.k8s.io';
export const VOLUME_GROUP_SNAPSHOTS = named(GROUPS, 'volumegroupsnapshots', 'VolumeGroupSnapshot', true);
export const VOLUME_GROUP_SNAPSHOT_CONTENTS = named(
  GROUPS,
  'volumegroupsnapshotcontents',
  'VolumeGroupSnapshotContent',
  false,
);
export const VOLUME_GROUP_SNAPSHOT_CLASSES = named(
  GROUPS,
  'volumegroupsnapshotclasses',
  'VolumeGroupSnapshotClass',
  false,
);
