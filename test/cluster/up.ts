import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildPrograms } from './build-programs.ts';
import type { BuiltModules } from './build-programs.ts';
import { withClusterLock } from './cluster-lock.ts';
import { makeControlGroup } from './control-group.ts';
import { takeDown } from './down.ts';
import { clusterFolders } from './folders.ts';
import type { ClusterFolders } from './folders.ts';
import { POD_RANGE, SERVICE_RANGE } from './free-range.ts';
import { cableEnds, chooseUplink, connectUplink } from './host-network.ts';
import { buildImages } from './images/build-images.ts';
import { openImageStore } from './images/image-store.ts';
import { API_PORT } from './inside/control-plane.ts';
import { holdNamespaces, readHolder } from './namespaces.ts';
import {
  GROUP_SNAPSHOT_CLASS,
  NODE_NAME,
  SNAPSHOT_CLASS,
  STORAGE_CLASS,
  WAITING_STORAGE_CLASS,
} from './plan.ts';
import type { ClusterFacts, ClusterPlan, ClusterProgress } from './plan.ts';
import { missingPrerequisites } from './prerequisites.ts';
import type { ClusterSettings } from './settings.ts';

export interface UpOptions {
  settings: ClusterSettings;
  signal: AbortSignal;
  /** Told of each step. */
  report: (line: string) => void;
}

/**
 * Brings the cluster up, unless it is; builds what is not built. What fails or is aborted half-way leaves nothing running.
 * @throws {Error} in one sentence, with the last lines of the component that ended.
 */
export async function bringUp({ settings, signal, report }: UpOptions): Promise<ClusterFacts> {
  const missing = missingPrerequisites(settings);
  if (missing !== undefined) throw new Error(missing);
  const folders = clusterFolders(settings.cache);
  return withClusterLock(folders.lock, async () => {
    const running = readFacts(folders);
    if (running) return running;
    // What is half-way up, or has failed, can't be taken over.
    if (readHolder(folders.process)) await takeDown(folders, { keep: true });
    const built = await buildPrograms({ ...settings, programs: folders.programs, signal, report });
    try {
      return await start(folders, settings, built, { signal, report });
    } catch (error) {
      await takeDown(folders, { keep: true });
      throw error;
    }
  });
}

/** What is known of the cluster, when it is up. */
export function readFacts(folders: ClusterFolders): ClusterFacts | undefined {
  if (!readHolder(folders.process) || readProgress(folders)?.state !== 'ready') return undefined;
  if (!existsSync(folders.facts)) return undefined;
  const facts: ClusterFacts = JSON.parse(readFileSync(folders.facts, 'utf8'));
  return facts;
}

export function readProgress({ progress }: ClusterFolders): ClusterProgress | undefined {
  return existsSync(progress) ? JSON.parse(readFileSync(progress, 'utf8')) : undefined;
}

const INSIDE = fileURLToPath(new URL('inside/main.ts', import.meta.url));
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

async function start(
  folders: ClusterFolders,
  { path }: ClusterSettings,
  built: BuiltModules,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<ClusterFacts> {
  mkdirSync(folders.logs, { recursive: true, mode: 0o700 });
  const init = join(built['init'] ?? '', 'init');
  const kubectl = join(built['kubernetes'] ?? '', 'kubectl');
  const store = await openImageStore(folders.images);
  if (!existsSync(join(DIST, 'kando.js')))
    throw new Error(`${DIST} has no programs: run \`npm run build\` first`);
  const sources = {
    path,
    init,
    kubectl: join(built['kubernetes'] ?? '', 'hyperkube'),
    node: process.execPath,
    dist: DIST,
  };
  const images = await buildImages(store, sources, signal);
  report(`${Object.keys(images).length} images`);

  const uplink = await chooseUplink(path);
  const ends = cableEnds(folders.controlGroup);
  await makeControlGroup(folders.controlGroup);
  const plan: ClusterPlan = { folders, path, uplink, networkDevice: ends.inner, built, images };
  writeFileSync(folders.plan, JSON.stringify(plan));
  writeFileSync(folders.progress, JSON.stringify({ state: 'starting', steps: [], components: {} }));
  const { first } = await holdNamespaces({
    file: folders.process,
    log: join(folders.logs, 'cluster.log'),
    path,
    command: [init, process.execPath, INSIDE, folders.plan],
    signal,
  });
  await connectUplink(uplink, ends, first.pid, path);
  await follow(folders, { signal, report });
  const facts: ClusterFacts = {
    kubeconfig: folders.kubeconfig,
    server: `https://${uplink.node}:${API_PORT}`,
    hostAddress: uplink.host,
    node: NODE_NAME,
    podRange: POD_RANGE,
    serviceRange: SERVICE_RANGE,
    kubectl,
    logs: folders.logs,
    storageClass: STORAGE_CLASS,
    waitingStorageClass: WAITING_STORAGE_CLASS,
    snapshotClass: SNAPSHOT_CLASS,
    groupSnapshotClass: GROUP_SNAPSHOT_CLASS,
    images: Object.keys(images),
  };
  writeFileSync(folders.facts, `${JSON.stringify(facts, null, 2)}\n`);
  return facts;
}

/** Reports steps as they are reached, until the cluster is ready. Each wait inside has a bound of its own. */
async function follow(
  folders: ClusterFolders,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<void> {
  let told = 0;
  for (;;) {
    const isHeld = readHolder(folders.process) !== undefined;
    const progress = readProgress(folders);
    for (const { seconds, what } of progress?.steps.slice(told) ?? []) {
      report(`${what} (${seconds} s after its start)`);
      told += 1;
    }
    if (progress?.state === 'ready') return;
    if (progress?.fault !== undefined) throw new Error(progress.fault);
    if (!isHeld) throw new Error(`the cluster ended; see ${join(folders.logs, 'cluster.log')}`);
    signal.throwIfAborted();
    await sleep(50);
  }
}
