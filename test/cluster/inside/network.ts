import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { POD_RANGE, SERVICE_RANGE } from '../free-range.ts';
import type { ClusterPlan } from '../plan.ts';
import { runCommand } from '../run-command.ts';

/** Gives this network namespace its addresses and routes: to the machine and to its own pods and services, and nowhere else. */
export async function prepareNetwork({ uplink, networkDevice: device, path }: ClusterPlan): Promise<void> {
  const run = (...command: string[]) => runCommand(command, { path });
  await run('ip', 'link', 'set', 'lo', 'up');
  await run('ip', 'address', 'add', `${uplink.node}/${uplink.prefix}`, 'dev', device);
  await run('ip', 'link', 'set', device, 'up');
  // kube-proxy rewrites service addresses on their way out: there must be a way, wherever it leads.
  await run('ip', 'route', 'add', SERVICE_RANGE, 'dev', device);
  // Fails at once what would wait for an answer that can't come.
  await run('ip', 'route', 'add', 'unreachable', 'default');
  // The machine has no route to pods; it sees the node in their place.
  const masquerade = ['-s', POD_RANGE, '-o', device, '-j', 'MASQUERADE'];
  await run('iptables', '-w', '-t', 'nat', '-A', 'POSTROUTING', ...masquerade);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  if (existsSync(BRIDGED_PACKETS)) await writeFile(BRIDGED_PACKETS, '1');
}

/** Whether the machine has laid its cable to this namespace. */
export async function isConnected({ networkDevice }: ClusterPlan): Promise<true | string> {
  return (await readFile('/proc/net/dev', 'utf8')).includes(`${networkDevice}:`) || 'there is no cable';
}

/** Absent where the kernel does not know bridge filtering; kube-proxy's masquerading makes do without. */
const BRIDGED_PACKETS = '/proc/sys/net/bridge/bridge-nf-call-iptables';
