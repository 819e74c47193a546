import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ImageTable } from '../images/image-table.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import type { HostPrograms } from './host-programs.ts';
import type { Account } from './namespaces.ts';

/** What the node's parts share. */
export interface NodeContext {
  nodeName: string;
  client: KubernetesClient;
  clock: Clock;
  network: PodNetwork;
  images: ImageTable;
  programs: HostPrograms;
  account: Account;
  /** Whether containers can have a layer of their own over the machine's files. */
  overlay: boolean;
  /** State of pods goes below it. */
  folder: string;
  /** Files of the machine that every container must see where they are. */
  visible: string[];
  /** How pods reach the API server. */
  apiServer: { host: string; port: number; certificateAuthority: string };
  /** PATH of containers, after the image's folders. */
  path: string;
  log(message: string): void;
}
