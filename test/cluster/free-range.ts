/** An IPv4 range, in both forms that people need. */
export interface Uplink {
  /** The machine, as the cluster sees it. */
  host: string;
  /** The cluster's node and API server, as the machine sees them. */
  node: string;
  /** Bits of the network. */
  prefix: number;
}

/** Inside of the cluster only: no address or route of the machine can be in the way. */
export const POD_RANGE = '198.19.0.0/17';
export const SERVICE_RANGE = '198.19.128.0/17';
/** The API server's, the first address of the range. */
export const API_SERVICE_ADDRESS = '198.19.128.1';
export const DNS_SERVICE_ADDRESS = '198.19.128.10';

/**
 * The first network of four addresses that nothing on the machine uses, from 198.18.0.0/16: half of the range that RFC 2544 sets aside
 * for tests of equipment, which is never routed. `used` are addresses and ranges (`192.0.2.7`, `10.0.0.0/8`).
 */
export function freeUplink(used: string[]): Uplink {
  const taken = used.map(parseRange).filter((range) => range !== undefined);
  for (let third = 0; third < 256; third++) {
    const first = toNumber([198, 18, third, 0]);
    if (!taken.some(({ from, to }) => from <= first + 3 && first <= to)) {
      return { host: `198.18.${third}.1`, node: `198.18.${third}.2`, prefix: 30 };
    }
  }
  throw new Error('the machine uses all of 198.18.0.0/16: no range is left to reach the cluster by');
}

function parseRange(text: string): { from: number; to: number } | undefined {
  const [address = '', bits = '32'] = text.split('/');
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return undefined; // IPv6, "default"
  const size = 2 ** (32 - Number(bits));
  const from = Math.floor(toNumber(parts) / size) * size;
  return { from, to: from + size - 1 };
}

const toNumber = (parts: number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);
