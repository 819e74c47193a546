import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ImageTable } from '../images/image-table.ts';
import type { AddressRange } from '../network/addresses.ts';
import type { ContainerRuntime } from './container-runtime.ts';

/** What the node's parts share. */
export interface NodeContext {
  nodeName: string;
  client: KubernetesClient;
  clock: Clock;
  addresses: AddressRange;
  images: ImageTable;
  runtime: ContainerRuntime;
  backOff: BackOff;
  log(message: string): void;
}

/** Between restarts of a failing container, and between pulls of an image that is not there. Milliseconds. */
export interface BackOff {
  /** The second restart waits so long; each further one twice as long as the one before. */
  first: number;
  longest: number;
  /** A container that ran so long starts over. */
  forgivenAfter: number;
}

/** A kubelet's. */
export const DEFAULT_BACK_OFF: BackOff = { first: 10_000, longest: 300_000, forgivenAfter: 600_000 };
