import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** The part of 127.0.0.0/8 that one sandbox uses: 127.<n>.0.0/16. */
export interface AddressRange {
  /** Where the sandbox itself listens: the API server, the object store. */
  readonly host: string;
  nextPodAddress(): string;
  nextServiceAddress(): string;
  /** An address that is in use already, by a pod or a service of an earlier sandbox. */
  reserve(address: string): void;
  /** An address that may be given out again. */
  release(address: string): void;
  /** Lets another sandbox have the range. */
  close(): Promise<void>;
}

/** A listener on it is the claim that keeps two sandboxes of one machine apart; no other meaning. */
const CLAIM_PORT = 48_127;
const LAST = 250;

/**
 * Claims a range that no other sandbox on this machine has.
 * @param random a number from 0 (inclusive) to 1.
 * @param host of the range that it has to be, because addresses of it are in use from before.
 * @throws {Error} when all are taken or the one is, or loopback addresses can't be bound here.
 */
export async function claimAddressRange(random: () => number, host?: string): Promise<AddressRange> {
  if (host !== undefined) {
    const claim = await listen(host);
    if (claim) return rangeOf(Number(host.split('.')[1]), claim);
    throw new Error(`another sandbox uses ${host}, where this one has its addresses: end that one first`);
  }
  const first = 2 + Math.floor(random() * (LAST - 1));
  for (let tried = 0; tried < LAST - 1; tried++) {
    const octet = 2 + ((first - 2 + tried) % (LAST - 1));
    const claim = await listen(`127.${octet}.0.1`);
    if (claim) return rangeOf(octet, claim);
  }
  throw new Error(`every address range from 127.2.0.0/16 to 127.${LAST}.0.0/16 is in use by another sandbox`);
}

function rangeOf(octet: number, claim: Server): AddressRange {
  const pods = pool(octet, 16, 127);
  const services = pool(octet, 128, 254);
  return {
    host: `127.${octet}.0.1`,
    nextPodAddress: pods.next,
    nextServiceAddress: services.next,
    reserve(address) {
      pods.reserve(address);
      services.reserve(address);
    },
    release(address) {
      pods.release(address);
      services.release(address);
    },
    close: () =>
      new Promise((resolve, reject) => claim.close((error) => (error ? reject(error) : resolve()))),
  };
}

interface Pool {
  next(): string;
  reserve(address: string): void;
  release(address: string): void;
}

/** Gives addresses in turn, so that one is not given again soon after its release. */
function pool(octet: number, from: number, to: number): Pool {
  const size = (to - from + 1) * 254;
  const taken = new Set<string>();
  let index = 0;
  return {
    next() {
      for (let tried = 0; tried < size; tried++) {
        const at = index++ % size;
        const address = `127.${octet}.${from + Math.floor(at / 254)}.${1 + (at % 254)}`;
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error(
        `all ${size} addresses from 127.${octet}.${from}.0 to 127.${octet}.${to}.255 are in use`,
      );
    },
    reserve: (address) => void taken.add(address),
    release: (address) => void taken.delete(address),
  };
}

function listen(host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(new Error(`loopback address ${host} can't be used: ${error.message}`, { cause: error }));
    });
    server.listen(CLAIM_PORT, host, () => {
      server.unref();
      resolve(server);
    });
  });
}
