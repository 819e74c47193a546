import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HIDDEN_FOLDERS } from '../prerequisites.ts';
import { runCommand } from '../run-command.ts';

/**
 * Makes this mount namespace a node's: volumes that a container mounts reach the kubelet, what programs write to fixed places goes to `state`,
 * and no setting of the machine's kernel can be changed, except those of the network, which are this namespace's own.
 */
export async function prepareMounts(state: string, path: string): Promise<void> {
  const mount = (...args: string[]) => runCommand(['mount', ...args], { path });
  await mount('--make-rshared', '/');
  for (const hidden of HIDDEN_FOLDERS) {
    const cover = join(state, hidden.slice(1).replaceAll('/', '-'));
    await mkdir(cover, { recursive: true });
    // Sockets and locks of processes that have ended are of no use to the next ones.
    if (hidden === '/run') await mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', hidden);
    else await mount('--bind', cover, hidden);
  }
  await mount('--bind', '/proc/sys', '/proc/sys');
  await mount('--bind', '/proc/sys/net', '/proc/sys/net');
  await mount('-o', 'remount,bind,ro', '/proc/sys');
  // ip and the network plug-ins look here for names of namespaces; containerd makes them.
  await mkdir('/run/netns', { recursive: true });
  if (existsSync('/var/run') && !existsSync('/var/run/netns'))
    await mkdir('/var/run/netns', { recursive: true });
}
