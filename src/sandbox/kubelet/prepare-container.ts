import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseQuantity, quantityToInteger } from '../../kubernetes/quantity.ts';
import type { SandboxImage } from '../images/image-table.ts';
import type { ContainerUser } from './container-command.ts';
import type { ContainerProcessOptions } from './container-process.ts';
import { resolveEnvironment } from './environment.ts';
import type { MemoryVolumes } from './memory-volumes.ts';
import type { ProcessNode } from './process-runtime.ts';
import { type Container, type Pod, podIdentity } from './pod.ts';
import { layOutRoot, type Mount, removeUnusedLayers, ROOT_FOLDERS } from './root-filesystem.ts';
import type { StoredData } from './stored-data.ts';
import { volumeMounts } from './volumes.ts';

/** What a container is made of, the same for all its restarts. */
export interface ContainerParts {
  node: ProcessNode;
  pod: Pod;
  container: Container;
  /** The pod's own folder. */
  folder: string;
  address: string;
  hostname: string;
  volumes: Map<string, string>;
  /** Those of the volumes that are in memory. */
  memoryVolumes: MemoryVolumes | undefined;
  /** /etc/hosts and what else every container of the pod has. */
  commonMounts: Mount[];
  stored: StoredData;
}

export interface PreparedContainer {
  /** Of this one run: its log, its termination message, and its layer. */
  folder: string;
  process: ContainerProcessOptions;
  /** Variables of the spec that the command will not get. */
  skippedVariables: string[];
}

/**
 * Lays out one run of a container on disk, and says how to start it.
 * @throws {CannotConfigure} when something that its spec refers to is missing.
 */
export async function prepareContainer(
  parts: ContainerParts,
  image: SandboxImage,
  restartCount: number,
): Promise<PreparedContainer> {
  const { node, pod, container, hostname } = parts;
  const folder = join(parts.folder, 'containers', container.name, String(restartCount));
  await rm(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const environment = await environmentOf(parts, image);
  const { volumes, memoryVolumes } = parts;
  const seenAt = (path: string) => memoryVolumes?.seenAt(path) ?? path;
  const mounted = { pod, volumes, seenAt };
  const mounts = [
    ...parts.commonMounts,
    terminationLog(folder, container),
    ...imageVolumes(image, folder, container),
    ...volumeMounts(container, mounted, environment.expand),
  ];
  const process = {
    programs: node.programs,
    account: node.account,
    root: layOutRoot({
      folder,
      mounts,
      visible: node.visible,
      overlay: node.overlay,
      skeletons: join(node.folder, 'skeletons'),
    }),
    folder,
    hostname,
    command: commandOf(container, image).map(environment.expand),
    environment: environment.variables,
    workingDirectory: container.workingDir ?? image.workingDirectory ?? '/',
    user: userOf(pod, container, image),
    logFile: join(folder, 'log'),
    tty: container.tty ?? false,
    outlives: node.outlives,
    within: memoryVolumes?.enter ?? [],
    mayBeFilled: pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim) ?? false,
    fullVolumes: node.fullVolumes,
    memoryGroup: makeMemoryGroup(parts, restartCount),
  };
  return { folder, process, skippedVariables: environment.skipped };
}

/** What the container wrote outside its volumes goes with it; the log stays. */
export async function removeLayers(folder: string): Promise<void> {
  await removeUnusedLayers(folder);
  for (const name of [...ROOT_FOLDERS, 'image-volumes']) {
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function environmentOf(
  { node, pod, container, address, hostname, stored }: ContainerParts,
  image: SandboxImage,
) {
  const { namespace } = podIdentity(pod);
  return resolveEnvironment({
    pod,
    container,
    stored,
    address,
    services: {
      ...(pod.spec.enableServiceLinks !== false && node.network.serviceVariables(namespace)),
      ...apiServerVariables(node),
    },
    nodeAddress: node.network.addresses.host,
    image: {
      HOME: '/root',
      ...image.environment,
      PATH: [...(image.path ?? []), node.path].join(':'),
      HOSTNAME: hostname,
      POD_IP: address,
    },
  });
}

function makeMemoryGroup({ node, pod, container }: ContainerParts, restartCount: number): string | undefined {
  const limit = container.resources?.limits?.['memory'];
  if (limit === undefined || !node.memory) return undefined;
  const bytes = Number(quantityToInteger(parseQuantity(limit)));
  // Zero is none, to a kubelet as well.
  return bytes === 0
    ? undefined
    : node.memory.create(`${podIdentity(pod).uid}-${container.name}-${restartCount}`, bytes);
}

const apiServerVariables = ({ apiServer: { host, port } }: ProcessNode): Record<string, string> => ({
  KUBERNETES_SERVICE_HOST: host,
  KUBERNETES_SERVICE_PORT: String(port),
  KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  KUBERNETES_PORT: `tcp://${host}:${port}`,
  [`KUBERNETES_PORT_${port}_TCP`]: `tcp://${host}:${port}`,
  [`KUBERNETES_PORT_${port}_TCP_PROTO`]: 'tcp',
  [`KUBERNETES_PORT_${port}_TCP_PORT`]: String(port),
  [`KUBERNETES_PORT_${port}_TCP_ADDR`]: host,
});

function terminationLog(folder: string, container: Container): Mount {
  const source = join(folder, 'termination-log');
  writeFileSync(source, '');
  chmodSync(source, 0o666);
  return { source, target: container.terminationMessagePath ?? '/dev/termination-log', readOnly: false };
}

/** Folders that the image wants for itself; their machine's namesakes may not be this account's to write. */
function imageVolumes(
  image: SandboxImage,
  folder: string,
  { volumeMounts: mounted = [] }: Container,
): Mount[] {
  const free = (image.volumes ?? []).filter(
    (path) => !mounted.some(({ mountPath }) => `${path}/`.startsWith(`${mountPath.replace(/\/$/, '')}/`)),
  );
  return free.map((target, index) => {
    const source = join(folder, 'image-volumes', String(index));
    mkdirSync(source, { recursive: true });
    chmodSync(source, 0o777);
    return { source, target, readOnly: false };
  });
}

/** A command replaces the image's entrypoint and its arguments; args alone replace the arguments only. */
function commandOf({ command = [], args = [] }: Container, image: SandboxImage): string[] {
  const words =
    command.length > 0
      ? [...command, ...args]
      : [...(image.entrypoint ?? []), ...(args.length > 0 ? args : (image.command ?? []))];
  if (words.length === 0) throw new Error('failed to generate spec: no command specified');
  return words;
}

function userOf(pod: Pod, container: Container, image: SandboxImage): ContainerUser | undefined {
  const shared = pod.spec.securityContext ?? {};
  const uid = container.securityContext?.runAsUser ?? shared.runAsUser ?? image.user;
  if (uid === undefined) return undefined;
  const gid = container.securityContext?.runAsGroup ?? shared.runAsGroup ?? 0;
  const groups = [shared.fsGroup, ...(shared.supplementalGroups ?? [])].filter(
    (group) => group !== undefined,
  );
  return { uid, gid, groups };
}
