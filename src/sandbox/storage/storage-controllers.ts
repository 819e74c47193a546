import type { Controller } from '../controllers/controller.ts';
import type { FolderDriver } from './folder-driver.ts';
import { groupSnapshotController } from './group-snapshot-controller.ts';
import { provisioner } from './provisioner.ts';
import { resizer } from './resizer.ts';
import { snapshotContentController } from './snapshot-content-controller.ts';
import { snapshotController } from './snapshot-controller.ts';

/** All that makes volumes out of folders, and snapshots out of volumes. */
export const storageControllers = (driver: FolderDriver): Controller[] => [
  ...provisioner(driver),
  resizer,
  snapshotController,
  snapshotContentController(driver),
  groupSnapshotController(driver),
];
