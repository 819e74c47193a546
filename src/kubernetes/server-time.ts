import type { Clock } from './clock.ts';
import type { Transport } from './transport.ts';

/** Milliseconds. `Date` has whole seconds. */
const RESOLUTION = 1000;
/** Milliseconds by which a server's `Date` may lag: some write it only about once a second. */
const TOLERANCE = 1000;

/** Milliseconds from `monotonic` to the server's time: it is between them. */
interface Offset {
  least: number;
  most: number;
}

export interface ServerTime {
  transport: Transport;
  clock: Clock;
}

/**
 * A clock whose `now` is never further from the API server's than can be told from the `Date` of its answers, that is by about two seconds;
 * a clock of this machine that agrees with it is left as it is. Deadlines, which one process writes down and another reads, then hold
 * whatever the clocks of their nodes say, and also when one is put right in between.
 * The transport is the one to be used: it looks at the answers. Before the first of them the time is this machine's.
 */
export function followServerTime(transport: Transport, clock: Clock): ServerTime {
  let known: Offset | undefined;

  const learn = (date: string | undefined, sent: number) => {
    const time = Date.parse(date ?? '');
    if (Number.isNaN(time)) return;
    // It was written between the sending and now.
    const heard = {
      least: time - TOLERANCE - clock.monotonic(),
      most: time + RESOLUTION + TOLERANCE - sent,
    };
    const both = {
      least: Math.max(heard.least, known?.least ?? -Infinity),
      most: Math.min(heard.most, known?.most ?? Infinity),
    };
    // The server's clock was moved, or has run at another pace for long.
    known = both.least > both.most ? heard : both;
  };

  return {
    transport: {
      ...transport,
      async send(request) {
        const sent = clock.monotonic();
        const response = await transport.send(request);
        learn(response.headers['date'], sent);
        return response;
      },
    },
    clock: {
      ...clock,
      now() {
        const own = clock.now();
        if (known === undefined) return own;
        const elapsed = clock.monotonic();
        const time = Math.min(Math.max(own.getTime(), elapsed + known.least), elapsed + known.most);
        return time === own.getTime() ? own : new Date(time);
      },
    },
  };
}
