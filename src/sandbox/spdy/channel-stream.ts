import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { Channel } from '../../kubernetes/transport.ts';

/** The messages of a WebSocket as one stream of bytes: Kubernetes tunnels SPDY in them, without regard to their borders. */
export function channelStream(channel: Channel): Duplex {
  const send = callbackify((chunk: Uint8Array) => channel.send(chunk));
  const messages = channel.messages[Symbol.asyncIterator]();
  return new Duplex({
    read() {
      messages.next().then(
        ({ done, value }) => this.push(done ? null : Buffer.from(value)),
        (error: Error) => this.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      send(chunk, done);
    },
    final(done) {
      channel.close();
      done();
    },
    destroy(error, done) {
      channel.close();
      done(error);
    },
  });
}
