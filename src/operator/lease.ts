import type { Logger } from 'pino';
import { messageOf } from '../engine/failure.ts';
import type { Gate } from '../engine/gate.ts';
import { isConflict, isForbidden, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject, ObjectMeta } from '../kubernetes/objects.ts';
import { LEASES } from '../kubernetes/resources.ts';

const NAME = 'kanister-operator';

/** Seconds for which a holder that says nothing keeps the lease. */
const DURATION = 15;
/** Milliseconds after the sending of its last renewal for which a leader may act: less than DURATION, so that no successor acts yet. */
const GATE = 10_000;
const RENEW_INTERVAL = 2_000;
/** After a renewal that failed. */
const RETRY_INTERVAL = 500;
/** Between looks at the lease of another. */
const ACQUIRE_INTERVAL = 1_000;
/**
 * One lost renewal leaves as much time for another before the gate closes, and a server under load may take its time for each; none stands
 * in line behind the requests of many runs.
 */
const CALL = { timeout: 3_500, urgent: true };

interface Lease extends KubernetesObject {
  metadata: ObjectMeta & { name: string };
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number | null;
    acquireTime?: string | null;
    renewTime?: string | null;
    leaseTransitions?: number | null;
  };
}

export interface Leadership extends Gate {
  /** Aborted when leadership is lost; it never comes back to this process. */
  lost: AbortSignal;
  /** Lets a successor begin at once. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  client: KubernetesClient;
  clock: Clock;
  log: Logger;
  namespace: string;
  /** A successor with the same identity takes the lease at once: it is the same pod, its old process is dead. */
  identity: string;
  stop: AbortSignal;
}

/**
 * Waits until this process leads, and keeps it so. Where leases are forbidden it leads at once, with a warning: then there must be
 * one replica only, and the claims on the ActionSets alone keep two of them apart.
 * @throws the reason of `stop`
 */
export async function acquireLeadership(options: LeaseOptions): Promise<Leadership> {
  const { log, identity } = options;
  const first = await acquire(options);
  if (first === 'forbidden') {
    log.warn('leases are forbidden: running without leader election, so there must be only one replica');
    return alwaysLeading();
  }
  log.info({ identity }, 'leading');
  return keep(first, options);
}

/** Leadership without a lease. */
export function alwaysLeading(): Leadership {
  return { open: () => true, lost: new AbortController().signal, release: () => Promise.resolve() };
}

/** A lease that is ours, and when its last write was sent. */
interface Held {
  lease: Lease;
  sentAt: number;
}

async function acquire(options: LeaseOptions): Promise<Held | 'forbidden'> {
  const { clock, log, stop } = options;
  /** What was last seen of another holder, and since when by our own clock: theirs may differ. */
  let seen: { version: string; at: number } | undefined;
  for (;;) {
    stop.throwIfAborted();
    const sentAt = clock.monotonic();
    try {
      const found = await read(options);
      if (found === undefined) return { lease: await create(options), sentAt };
      const version = found.metadata.resourceVersion ?? '';
      if (seen?.version !== version) seen = { version, at: clock.monotonic() };
      const duration = (found.spec?.leaseDurationSeconds ?? DURATION) * 1000;
      if (isFree(found, options.identity) || clock.monotonic() - seen.at > duration) {
        const lease = await take(found, options);
        // An answer that took too long is worth nothing; the lease is taken again, as it is ours by now.
        if (clock.monotonic() - sentAt < GATE / 2) return { lease, sentAt };
        continue;
      }
    } catch (error) {
      if (isForbidden(error)) return 'forbidden';
      // A conflict is another candidate's success.
      if (!isConflict(error))
        log.warn({ error: messageOf(error) }, 'the lease could not be had, trying again');
    }
    await clock.sleep(ACQUIRE_INTERVAL, stop);
  }
}

function keep(first: Held, options: LeaseOptions): Leadership {
  const { client, clock, log, stop } = options;
  const lost = new AbortController();
  const released = new AbortController();
  const ended = AbortSignal.any([stop, released.signal]);
  let { lease, sentAt } = first;

  const lose = () => {
    if (lost.signal.aborted) return;
    log.error('leadership was lost');
    lost.abort(new Error('leadership was lost'));
  };
  // Latched: a renewal that comes too late finds work that was given up, and must not let the rest of it go on.
  const isOpen = () => {
    if (clock.monotonic() - sentAt >= GATE) lose();
    return !lost.signal.aborted && !released.signal.aborted;
  };
  const renew = async () => {
    for (let interval = RENEW_INTERVAL; isOpen();) {
      await clock.sleep(interval, ended);
      const sending = clock.monotonic();
      interval = RENEW_INTERVAL;
      try {
        lease = await client.replace(LEASES, renewed(lease, options), CALL);
        if (isOpen()) sentAt = sending;
      } catch (error) {
        if (ended.aborted) return;
        log.warn({ error: messageOf(error) }, 'the lease could not be renewed');
        if (isConflict(error) || isNotFound(error)) lease = await whatItIs(lease, options);
        interval = RETRY_INTERVAL;
      }
      if (lease.spec?.holderIdentity !== options.identity) lose();
    }
  };
  const renewing = renew().catch(() => undefined);

  return {
    open: isOpen,
    lost: lost.signal,
    async release() {
      released.abort();
      await renewing;
      if (lost.signal.aborted) return;
      const free = { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } };
      await client.replace(LEASES, free, CALL).catch((error: unknown) => {
        log.warn(
          { error: messageOf(error) },
          'the lease could not be released: a successor waits until it has expired',
        );
      });
    },
  };
}

/** After a conflict: ours to renew if the holder is still ourselves. Without an answer nothing is known, and the gate decides. */
async function whatItIs(lease: Lease, options: LeaseOptions): Promise<Lease> {
  return (await read(options).catch(() => lease)) ?? { ...lease, spec: {} };
}

async function read({ client, namespace }: LeaseOptions): Promise<Lease | undefined> {
  try {
    return await client.get<Lease>(LEASES, { name: NAME, namespace }, CALL);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function create(options: LeaseOptions): Promise<Lease> {
  const { client, clock, namespace, identity } = options;
  const now = microTime(clock.now());
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: NAME, namespace },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: DURATION,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  };
  return client.create(LEASES, lease, CALL);
}

function take(found: Lease, { client, clock, identity }: LeaseOptions): Promise<Lease> {
  const now = microTime(clock.now());
  const leaseTransitions = (found.spec?.leaseTransitions ?? 0) + 1;
  const lease: Lease = {
    ...found,
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: DURATION,
      acquireTime: now,
      renewTime: now,
      leaseTransitions,
    },
  };
  return client.replace(LEASES, lease, CALL);
}

function renewed(lease: Lease, { clock }: LeaseOptions): Lease {
  return { ...lease, spec: { ...lease.spec, renewTime: microTime(clock.now()) } };
}

function isFree(lease: Lease, identity: string): boolean {
  const holder = lease.spec?.holderIdentity ?? '';
  return holder === '' || holder === identity;
}

/** Lease times have microseconds. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
