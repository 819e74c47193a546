import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { freeUplink } from './free-range.ts';
import type { Uplink } from './free-range.ts';
import { runCommand } from './run-command.ts';

/** Picks the network to reach the cluster by: one that no address, route or known host of the machine is in. */
export async function chooseUplink(path: string): Promise<Uplink> {
  const [addresses, routes, hosts] = await Promise.all([
    runCommand(['ip', '-4', '-oneline', 'address'], { path }),
    runCommand(['ip', '-4', 'route', 'show', 'table', 'all'], { path }),
    readFile('/etc/hosts', 'utf8'),
  ]);
  const used = [addresses, routes, hosts].flatMap((text) => text.match(/\b\d+(?:\.\d+){3}(?:\/\d+)?/g) ?? []);
  // Whole ranges stand in masks and defaults: they say nothing about use.
  return freeUplink(used.filter((range) => !range.startsWith('0.0.0.0')));
}

/** Names of the two ends of the cable between the machine and the cluster. */
export function cableEnds(controlGroup: string): { outer: string; inner: string } {
  const mark = createHash('sha256').update(controlGroup).digest('hex').slice(0, 8);
  return { outer: `kc-${mark}`, inner: 'uplink' };
}

/** Lays the cable from the machine to the namespaces of process `pid`. It goes, with its address, when those go. */
export async function connectUplink(
  uplink: Uplink,
  ends: { outer: string; inner: string },
  pid: number,
  path: string,
) {
  const run = (...command: string[]) => runCommand(command, { path });
  const { outer, inner } = ends;
  await run('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', String(pid));
  // No address of its own making (IPv6, link local) beside the one that is wanted.
  await run('ip', 'link', 'set', outer, 'addrgenmode', 'none');
  await run('ip', 'address', 'add', `${uplink.host}/${uplink.prefix}`, 'dev', outer);
  await run('ip', 'link', 'set', outer, 'up');
}
