import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join, normalize } from 'node:path';
import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { claimedFolder } from './claimed-folder.ts';
import { readField, readResource } from './field-reference.ts';
import { type VolumeFile, writeFileVolume } from './file-volume.ts';
import { type Container, type DownwardFile, type Pod, podIdentity } from './pod.ts';
import type { ProjectedSource, Volume } from './pod.ts';
import type { Mount } from './root-filesystem.ts';
import { CannotConfigure } from './container-runtime.ts';
import { giveToGroup } from './volume-ownership.ts';
import type { StoredData, StoredKind } from './stored-data.ts';

/** What kind of token a volume asks for. */
export interface TokenWish {
  audience?: string | undefined;
  /** One hour and seven seconds when absent. */
  expirationSeconds?: number | undefined;
}

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
  token(request?: TokenWish): Promise<string>;
  signal: AbortSignal;
}

/**
 * Makes the pod's volumes: name → folder (or file) of the machine.
 * @throws {CannotConfigure} with a kubelet's words when something that a volume is made of is missing.
 */
export async function prepareVolumes(context: VolumeContext): Promise<Map<string, string>> {
  const prepared = new Map<string, string>();
  for (const volume of context.pod.spec.volumes ?? []) {
    try {
      prepared.set(volume.name, await prepareVolume(volume, context));
    } catch (error) {
      if (!(error instanceof CannotConfigure) && !isNotFound(error)) throw error;
      throw new CannotConfigure(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
  }
  return prepared;
}

/** Brings volumes of ConfigMaps, Secrets and the downward API up to date. Mounts by subPath keep what they had. */
export async function refreshVolumes(context: VolumeContext): Promise<void> {
  for (const volume of context.pod.spec.volumes ?? []) {
    const sources = fileSources(volume);
    if (sources) await writeFiles(volume.name, sources, context);
  }
}

export interface MountedVolumes {
  pod: Pod;
  /** Name → folder or file. */
  volumes: Map<string, string>;
  /** Where this process finds files of volumes in memory. */
  seenAt(path: string): string;
}

/** Where a container wants its volumes. @throws {CannotConfigure} for a subPath that leaves its volume. */
export function volumeMounts(
  container: Container,
  { volumes, pod, seenAt }: MountedVolumes,
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
    const isInMemory =
      pod.spec.volumes?.find(({ name }) => name === mount.name)?.emptyDir?.medium === 'Memory';
    const seen = isInMemory ? seenAt(source) : source;
    if (!existsSync(seen)) mkdirSync(seen, { recursive: true });
    return {
      source,
      seenAt: seen,
      target: mount.mountPath,
      readOnly: mount.readOnly === true || isReadOnly(pod, mount.name),
    };
  });
}

function isReadOnly(pod: Pod, name: string): boolean {
  const volume = pod.spec.volumes?.find((candidate) => candidate.name === name);
  return volume?.persistentVolumeClaim?.readOnly === true || fileSources(volume) !== undefined;
}

async function prepareVolume(volume: Volume, context: VolumeContext): Promise<string> {
  const folder = join(context.folder, 'volumes', volume.name);
  if (volume.hostPath) return prepareHostPath(volume.hostPath);
  if (volume.persistentVolumeClaim) {
    const { client, pod, signal } = context;
    const name = volume.persistentVolumeClaim.claimName;
    const found = await claimedFolder(client, { name, namespace: podIdentity(pod).namespace }, signal);
    await shareWithGroup(found, volume.persistentVolumeClaim.readOnly === true, context);
    return found;
  }
  const sources = fileSources(volume);
  if (sources) return writeFiles(volume.name, sources, context);
  if (volume.emptyDir || Object.keys(volume).length === 1) {
    if (mkdirSync(folder, { recursive: true }) === undefined) return folder; // from before a restart
    chmodSync(folder, 0o777);
    await shareWithGroup(folder, false, context);
    return folder;
  }
  const kind = Object.keys(volume).find((key) => key !== 'name');
  throw new CannotConfigure(
    `volume "${volume.name}" is a ${kind}, which the sandbox does not have: use emptyDir, hostPath or a PersistentVolumeClaim`,
  );
}

async function writeFiles(name: string, sources: FileSources, context: VolumeContext): Promise<string> {
  const folder = join(context.folder, 'volumes', name);
  const group = context.mayChown ? context.pod.spec.securityContext?.fsGroup : undefined;
  writeFileVolume(folder, await collect(sources, context), group);
  return folder;
}

/** What each type of hostPath must be, and how a kubelet calls it. */
const HOST_PATH_TYPES: Record<string, { holds(stats: Stats): boolean; is: string }> = {
  Directory: { holds: (stats) => stats.isDirectory(), is: 'a directory' },
  DirectoryOrCreate: { holds: (stats) => stats.isDirectory(), is: 'a directory' },
  File: { holds: (stats) => stats.isFile(), is: 'a file' },
  FileOrCreate: { holds: (stats) => stats.isFile(), is: 'a file' },
  Socket: { holds: (stats) => stats.isSocket(), is: 'a socket file' },
  CharDevice: { holds: (stats) => stats.isCharacterDevice(), is: 'a character device' },
  BlockDevice: { holds: (stats) => stats.isBlockDevice(), is: 'a block device' },
};

function prepareHostPath({ path, type = '' }: { path: string; type?: string }): string {
  // Without a type nothing is checked, and the container runtime makes a folder.
  if (type === 'DirectoryOrCreate' || type === '') {
    if (!existsSync(path)) mkdirSync(path, { recursive: true });
  }
  if (type === 'FileOrCreate' && !existsSync(path)) writeFileSync(path, '');
  const rule = HOST_PATH_TYPES[type];
  const found = statSync(path, { throwIfNoEntry: false });
  if (rule && (!found || !rule.holds(found)))
    throw new CannotConfigure(`hostPath type check failed: ${path} is not ${rule.is}`);
  return path;
}

async function shareWithGroup(
  folder: string,
  readOnly: boolean,
  { pod, mayChown, signal }: VolumeContext,
): Promise<void> {
  const { fsGroup: group, fsGroupChangePolicy: policy } = pod.spec.securityContext ?? {};
  if (group !== undefined && mayChown) await giveToGroup(folder, { group, readOnly, policy }, signal);
}

interface FileSources {
  sources: ProjectedSource[];
  mode: number;
}

/** The sources of a volume that consists of files which the API holds. */
function fileSources(volume: Volume | undefined): FileSources | undefined {
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

async function collect(
  { sources, mode }: FileSources,
  context: VolumeContext,
): Promise<Map<string, VolumeFile>> {
  const files = new Map<string, VolumeFile>();
  const add = (path: string, content: string | Buffer, own: number | undefined) =>
    files.set(normalize(path), { content: Buffer.from(content), mode: own ?? mode });
  for (const source of sources) {
    if (source.secret) await collectStored('secret', source.secret, context, add);
    if (source.configMap) await collectStored('configmap', source.configMap, context, add);
    for (const item of source.downwardAPI?.items ?? []) add(item.path, downward(item, context), item.mode);
    if (source.serviceAccountToken) {
      const { path, audience, expirationSeconds } = source.serviceAccountToken;
      add(path, await context.token({ audience, expirationSeconds }), undefined);
    }
  }
  return files;
}

async function collectStored(
  kind: StoredKind,
  source: NonNullable<ProjectedSource['secret']>,
  context: VolumeContext,
  add: (path: string, content: Buffer, mode: number | undefined) => void,
): Promise<void> {
  const data = await context.stored.read(kind, source.name ?? '', source.optional);
  if (!data) return;
  const items = source.items ?? [...data.keys()].map((key) => ({ key, path: key, mode: undefined }));
  for (const item of items) {
    const content = data.get(item.key);
    if (content !== undefined) add(item.path, content, item.mode);
    else if (!source.optional) {
      throw new CannotConfigure(
        kind === 'secret'
          ? `references non-existent secret key: ${item.key}`
          : `configmap references non-existent config key: ${item.key}`,
      );
    }
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
