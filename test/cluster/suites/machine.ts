import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../../src/sandbox/process-identity.ts';
import { buildPrograms } from '../build-programs.ts';
import { takeDown } from '../down.ts';
import { clusterFolders } from '../folders.ts';
import { cableEnds } from '../host-network.ts';
import { readHolder } from '../namespaces.ts';
import { missingPrerequisites } from '../prerequisites.ts';
import { runCommand } from '../run-command.ts';
import { readSettings } from '../settings.ts';
import { bringUp, readFacts } from '../up.ts';

const settings = readSettings(process.env);
const missing = missingPrerequisites(settings);

describe.skipIf(missing !== undefined)(`the machine${missing === undefined ? '' : `: ${missing}`}`, () => {
  const { path } = settings;
  let own: typeof settings;
  let folders: ReturnType<typeof clusterFolders>;
  beforeAll(async () => {
    const cache = await mkdtemp(join(tmpdir(), 'cluster-'));
    own = { ...settings, cache };
    folders = clusterFolders(cache);
    const shared = clusterFolders(settings.cache);
    const { signal } = new AbortController();
    await buildPrograms({ ...settings, programs: shared.programs, signal, report: () => {} });
    await symlink(shared.programs, folders.programs);
  });
  afterEach(() => takeDown(folders, { keep: false }));
  afterAll(async () => {
    await rm(own.cache, { recursive: true });
  });

  it('is as it was, when a cluster has come and gone', async () => {
    const before = await describeMachine(path);
    const { signal } = new AbortController();
    const facts = await bringUp({ settings: own, signal, report: () => {} });
    const { outer } = cableEnds(folders.controlGroup);
    expect(await runCommand(['ip', '-4', 'address', 'show', outer], { path })).toContain(facts.hostAddress);
    expect(await bringUp({ settings: own, signal, report: () => {} })).toEqual(facts); // it is up: nothing to do
    const whileUp = await describeMachine(path);
    expect(whileUp.settings).toEqual(before.settings);
    expect(whileUp.mounts).toEqual(before.mounts);
    expect(whileUp.folders).toEqual(before.folders);

    const holder = readHolder(folders.process);
    await takeDown(folders, { keep: false });
    expect(readFacts(folders)).toBeUndefined();
    expect(identifyProcess(holder?.first.pid ?? 0)).toBeUndefined();
    expect(await readdir(own.cache)).not.toContain('run');
    expect(await describeMachine(path)).toEqual(before);
  });

  it('has nothing left of a start that was interrupted', async () => {
    const before = await describeMachine(path);
    const interrupted = new AbortController();
    const report = (line: string) => {
      if (line.startsWith('API server')) interrupted.abort(new Error('interrupted'));
    };
    await expect(bringUp({ settings: own, signal: interrupted.signal, report })).rejects.toThrow(
      'interrupted',
    );
    expect(readHolder(folders.process)).toBeUndefined();
    expect(await describeMachine(path)).toEqual(before);
  });

  it('gives a cluster its objects and volumes back, that was kept', async () => {
    const { signal } = new AbortController();
    const first = await bringUp({ settings: own, signal, report: () => {} });
    const kubectl = (kubeconfig: string, ...args: string[]) =>
      runCommand([first.kubectl, `--kubeconfig=${kubeconfig}`, ...args], { path, env: { HOME: own.cache } });
    await kubectl(first.kubeconfig, 'create', 'configmap', 'kept', '--from-literal=a=b');
    await takeDown(folders, { keep: true });
    const second = await bringUp({ settings: own, signal, report: () => {} });
    expect(await kubectl(second.kubeconfig, 'get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe(
      'b',
    );
    await takeDown(folders, { keep: false });
  });
});

/** What a cluster could have changed, and nobody else does meanwhile. */
async function describeMachine(path: string) {
  const output = (...command: string[]) => runCommand(command, { path });
  const addresses = await output('ip', '-oneline', 'address');
  const fixed = addresses.split('\n').filter((line) => !line.includes('fe80::'));
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').filter((line) => !OTHERS.test(line));
  const all = (await output('sh', '-c', 'sysctl -a 2>/dev/null || true')).split('\n');
  return {
    addresses: fixed,
    routes: await output('ip', 'route', 'show', 'table', 'all'),
    rules: (await output('iptables-save'))
      .split('\n')
      .filter((line) => !line.startsWith('#') && !line.startsWith(':')),
    mounts: mounts.toSorted(),
    // Settings that a kubelet or kube-proxy writes are among them; counters are not settings.
    settings: all.filter((line) => !VOLATILE.test(line)),
    folders: await Promise.all(
      ['/run', '/var/lib', '/var/log', '/etc', '/sys/fs/cgroup', '/opt'].map(async (folder) => [
        folder,
        await readdir(folder).catch(() => 'absent'),
      ]),
    ),
    groups: (await readdir('/sys/fs/cgroup/memory').catch(() => [])).filter((name) =>
      name.includes('cluster'),
    ),
  };
}

/** Pods of another cluster that the machine may have; those of these tests have none. */
const OTHERS = / \/run\/netns\//;

/** Counters, and settings of single network devices, which come and go with the devices. */
const VOLATILE =
  /^(fs\.(dentry-state|file-nr|inode-nr|inode-state|quota\.|aio-nr)|kernel\.(ns_last_pid|random\.|pty\.nr|sched_domain)|net\.netfilter\.nf_conntrack_count|net\.ipv[46]\.(conf|neigh)\.(?!all|default)|net\.ipv4\.(udp_mem|tcp_mem)|vm\.stat)/;
