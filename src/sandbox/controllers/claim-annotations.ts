import type { Claim } from './storage-kinds.ts';

/** The annotations by which scheduler, binder and provisioner agree about a claim. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const OLD_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

export const isBound = ({ metadata, spec }: Claim): boolean =>
  metadata?.annotations?.[BIND_COMPLETED] !== undefined && spec.volumeName !== undefined;
