import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../../kubernetes/resources.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { readField, readResource } from './field-reference.ts';
import type { Container, DownwardFile, Pod, ProjectedSource, Volume } from './pod.ts';
import type { Mount } from './root-filesystem.ts';
import { CannotConfigure, type StoredData, type StoredKind } from './stored-data.ts';

export interface VolumeContext {
  pod: Pod;
  client: KubernetesClient;
  stored: StoredData;
  /** The pod's own folder; volumes are made below it. */
  folder: string;
  address: string;
  nodeAddress: string;
  /** Whether the sandbox may give files away (it runs as root). */
  mayChown: boolean;
  /** A bearer token of the pod's service account. */
  token(): Promise<string>;
  signal: AbortSignal;
}

/**
 * Makes the pod's volumes: name → folder (or file) of the machine.
 * @throws {CannotConfigure} with a kubelet's words when something that a volume is made of is missing.
 */
export async function prepareVolumes(context: VolumeContext): Promise<Map<string, string>> {
  const prepared = new Map<string, string>();
  for (const volume of context.pod.spec.volumes ?? [])
    prepared.set(volume.name, await prepareVolume(volume, context));
  return prepared;
}

/** Where a container wants its volumes. @throws {CannotConfigure} for a subPath that leaves its volume. */
export function volumeMounts(
  container: Container,
  volumes: Map<string, string>,
  pod: Pod,
  expand: (text: string) => string,
): Mount[] {
  return (container.volumeMounts ?? []).map((mount) => {
    const folder = volumes.get(mount.name);
    if (folder === undefined)
      throw new CannotConfigure(
        `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
      );
    const inside = mount.subPathExpr === undefined ? (mount.subPath ?? '') : expand(mount.subPathExpr);
    if (normalize(inside).split('/').includes('..'))
      throw new CannotConfigure(`subPath ${inside} must not contain '..'`);
    const source = join(folder, inside);
    if (!existsSync(source)) mkdirSync(source, { recursive: true });
    return {
      source,
      target: mount.mountPath,
      readOnly: mount.readOnly === true || isReadOnly(pod, mount.name),
    };
  });
}

function isReadOnly(pod: Pod, name: string): boolean {
  const volume = pod.spec.volumes?.find((candidate) => candidate.name === name);
  return volume?.persistentVolumeClaim?.readOnly === true || files(volume) !== undefined;
}

async function prepareVolume(volume: Volume, context: VolumeContext): Promise<string> {
  const folder = join(context.folder, 'volumes', volume.name);
  if (volume.hostPath) return prepareHostPath(volume.name, volume.hostPath);
  if (volume.persistentVolumeClaim) {
    const found = await claimFolder(volume.persistentVolumeClaim.claimName, context);
    shareWithGroup(found, context);
    return found;
  }
  const content = files(volume);
  if (content) {
    mkdirSync(folder, { recursive: true });
    for (const source of content.sources) await writeSource(source, folder, content.mode, context);
    return folder;
  }
  if (volume.emptyDir || Object.keys(volume).length === 1) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    shareWithGroup(folder, context);
    return folder;
  }
  const kind = Object.keys(volume).find((key) => key !== 'name');
  throw new CannotConfigure(
    `volume "${volume.name}" is a ${kind}, which the sandbox does not have: use emptyDir, hostPath or a PersistentVolumeClaim`,
  );
}

function prepareHostPath(name: string, { path, type = '' }: { path: string; type?: string }): string {
  if (type === 'DirectoryOrCreate') mkdirSync(path, { recursive: true });
  if (type === 'FileOrCreate' && !existsSync(path)) writeFileSync(path, '');
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new CannotConfigure(
      `MountVolume.SetUp failed for volume "${name}" : hostPath type check failed: ${path} does not exist`,
    );
  return path;
}

interface Claim extends KubernetesObject {
  spec?: { volumeName?: string; volumeMode?: string };
  status?: { phase?: string };
}
interface PersistentVolume extends KubernetesObject {
  spec?: { hostPath?: { path: string }; local?: { path: string } };
}

async function claimFolder(name: string, { client, pod, signal }: VolumeContext): Promise<string> {
  const namespace = pod.metadata?.namespace ?? '';
  const claim = await client.get<Claim>(PERSISTENT_VOLUME_CLAIMS, { name, namespace }, { signal });
  const volumeName = claim.spec?.volumeName;
  if (!volumeName || claim.status?.phase !== 'Bound') {
    throw new CannotConfigure(`persistentvolumeclaim "${name}" is not bound to a volume yet`);
  }
  const volume = await client.get<PersistentVolume>(PERSISTENT_VOLUMES, { name: volumeName }, { signal });
  const path = volume.spec?.hostPath?.path ?? volume.spec?.local?.path;
  if (path === undefined)
    throw new CannotConfigure(`persistentvolume "${volumeName}" is no folder of this machine`);
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o777); // pods choose their users
  return path;
}

/** What fsGroup does to volumes that pods write to: their group may write, and files made there stay in it. */
function shareWithGroup(folder: string, { pod, mayChown }: VolumeContext): void {
  const group = pod.spec.securityContext?.fsGroup;
  if (group === undefined || !mayChown) return;
  chownSync(folder, -1, group);
  chmodSync(folder, 0o2775);
}

/** The sources of a volume that consists of files which the API holds. */
function files(volume: Volume | undefined): { sources: ProjectedSource[]; mode: number } | undefined {
  const readable = 0o644;
  if (volume?.projected)
    return { sources: volume.projected.sources ?? [], mode: volume.projected.defaultMode ?? readable };
  if (volume?.configMap)
    return { sources: [{ configMap: volume.configMap }], mode: volume.configMap.defaultMode ?? readable };
  if (volume?.downwardAPI)
    return {
      sources: [{ downwardAPI: volume.downwardAPI }],
      mode: volume.downwardAPI.defaultMode ?? readable,
    };
  if (!volume?.secret) return undefined;
  const { secretName, items, optional, defaultMode } = volume.secret;
  const secret = {
    ...(secretName === undefined ? {} : { name: secretName }),
    ...(items === undefined ? {} : { items }),
    ...(optional === undefined ? {} : { optional }),
  };
  return { sources: [{ secret }], mode: defaultMode ?? readable };
}

async function writeSource(
  source: ProjectedSource,
  folder: string,
  mode: number,
  context: VolumeContext,
): Promise<void> {
  if (source.secret) await writeStored('secret', source.secret, folder, mode, context);
  if (source.configMap) await writeStored('configmap', source.configMap, folder, mode, context);
  for (const item of source.downwardAPI?.items ?? []) {
    writeFile(folder, item.path, downward(item, context), item.mode ?? mode, context);
  }
  if (source.serviceAccountToken) {
    writeFile(folder, source.serviceAccountToken.path, await context.token(), mode, context);
  }
}

async function writeStored(
  kind: StoredKind,
  source: NonNullable<ProjectedSource['secret']>,
  folder: string,
  mode: number,
  context: VolumeContext,
): Promise<void> {
  const data = await context.stored.read(kind, source.name ?? '', source.optional);
  if (!data) return;
  const items = source.items ?? [...data.keys()].map((key) => ({ key, path: key, mode: undefined }));
  for (const item of items) {
    const content = data.get(item.key);
    if (content !== undefined) writeFile(folder, item.path, content, item.mode ?? mode, context);
    else if (!source.optional) throw new CannotConfigure(`references non-existent ${kind} key: ${item.key}`);
  }
}

function downward(item: DownwardFile, { pod, address, nodeAddress }: VolumeContext): string {
  if (item.fieldRef) return readField(pod, item.fieldRef.fieldPath, address, nodeAddress);
  const reference = item.resourceFieldRef;
  const container =
    pod.spec.containers.find(({ name }) => name === reference?.containerName) ?? pod.spec.containers[0];
  if (!reference || !container) throw new CannotConfigure(`downwardAPI file ${item.path} names no field`);
  return readResource(container, reference.resource, reference.divisor);
}

function writeFile(
  folder: string,
  path: string,
  content: string | Buffer,
  mode: number,
  context: VolumeContext,
): void {
  if (normalize(path).split('/').includes('..'))
    throw new CannotConfigure(`path ${path} must not contain '..'`);
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const group = context.pod.spec.securityContext?.fsGroup;
  if (group !== undefined && context.mayChown) chownSync(file, 0, group);
  chmodSync(file, group === undefined ? mode : mode | 0o040);
}
