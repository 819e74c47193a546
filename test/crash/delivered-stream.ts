import { Readable } from 'node:stream';
import type { EventQueue } from './event-queue.ts';

export interface DeliveryOptions {
  queue: EventQueue;
  latency(): number;
  /** Has it called when the reader is there to notice. */
  deliver(happen: () => void): void;
  /** How to break what is open. */
  streams: Set<() => void>;
  breaks(): Error;
}

/** A body of which each piece is under way for a while, in order. */
export function deliveredStream(body: Readable, options: DeliveryOptions): Readable {
  const { queue, latency, deliver, streams, breaks } = options;
  const delivered: Readable = new Readable({
    read: () => undefined,
    destroy(error, done) {
      streams.delete(breakIt);
      body.destroy();
      done(error);
    },
  });
  // Whoever reads it is told; where its reader gave up before it came, nobody is there to be.
  delivered.on('error', () => undefined);
  const breakIt = () => {
    deliver(() => delivered.destroy(breaks()));
    body.destroy();
  };
  streams.add(breakIt);
  let free = 0;
  const later = (happen: () => void) => {
    free = Math.max(free, queue.now() + latency());
    queue.after(free - queue.now(), () => deliver(() => delivered.destroyed || happen()));
  };
  body.on('data', (chunk: Buffer) => later(() => delivered.push(chunk)));
  body.once('end', () => later(() => delivered.push(null)));
  body.once('error', (error) => later(() => delivered.destroy(error)));
  return delivered;
}
