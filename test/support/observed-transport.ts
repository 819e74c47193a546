import type { Transport } from '../../src/kubernetes/transport.ts';
import { turnOfTheLoop } from './stepped-clock.ts';

/** A transport whose `settled` resolves when nothing that was sent is under way any more. */
export function observedTransport(transport: Transport): {
  transport: Transport;
  settled: () => Promise<void>;
} {
  let underWay = 0;
  return {
    transport: {
      ...transport,
      async send(request) {
        underWay += 1;
        try {
          return await transport.send(request);
        } finally {
          underWay -= 1;
        }
      },
    },
    async settled() {
      for (let quiet = 0; quiet < 4; quiet = underWay === 0 ? quiet + 1 : 0) await turnOfTheLoop();
    },
  };
}
