import { BlockList, isIP } from 'node:net';

/**
 * The proxy for a server by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as Go programs choose it: never for this machine, and NO_PROXY may
 * hold names, domains, addresses, networks (`10.0.0.0/8`) and ports.
 */
export function proxyFor(server: URL, env: Record<string, string | undefined>): string | undefined {
  const scheme = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[scheme] || env[scheme.toLowerCase()];
  if (!proxy) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined;
  const exceptions = (env['NO_PROXY'] || env['no_proxy'] || '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase());
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (exceptions.some((entry) => entry !== '' && matches(entry, host, port))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInNetwork(host, entry);
  const [, name = entry, entryPort] =
    /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) ? `[${entry}]` : entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  // `.example.com` means only what is below it, `example.com` also the name itself.
  return (host === domain && domain === name) || (!isIP(host) && host.endsWith(`.${domain}`));
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const [family, hostFamily] = [isIP(address), isIP(host)];
  if (family === 0 || family !== hostFamily || !/^\d+$/.test(prefix)) return false;
  const length = Number(prefix);
  if (length > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
