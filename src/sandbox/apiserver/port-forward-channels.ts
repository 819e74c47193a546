import type { Duplex } from 'node:stream';
import type { Channel } from '../../kubernetes/transport.ts';
import type { PortForward } from './pod-port-forward.ts';

/**
 * Forwards over a WebSocket: port number i of the request has channel 2i for data and 2i + 1 for what went wrong. Each
 * begins with the port as two bytes, little-endian. One connection for each port, which the WebSocket ends with.
 */
export async function forwardOverChannels(
  channel: Channel,
  ports: number[],
  forward: PortForward,
): Promise<void> {
  const gone = new AbortController();
  const onStop = () => channel.close();
  forward.context.stopped.addEventListener('abort', onStop, { once: true });
  const send = (number: number, body: Uint8Array) =>
    channel.send(Buffer.concat([Buffer.from([number]), body]));
  const targets: (Duplex | undefined)[] = [];
  const connected: Promise<void>[] = [];
  try {
    for (const [index, port] of ports.entries()) {
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16LE(port);
      await send(2 * index, prefix);
      await send(2 * index + 1, prefix);
    }
    const opening = ports.map((port) => forward.connect(port, gone.signal));
    connected.push(
      ...opening.map(async (target, index) => {
        try {
          for await (const chunk of await target) await send(2 * index, chunk);
        } catch (error) {
          if (!gone.signal.aborted)
            await send(2 * index + 1, Buffer.from(error instanceof Error ? error.message : String(error)));
        }
      }),
    );
    void Promise.allSettled(connected).then(() => channel.close());
    for (const target of opening) targets.push(await target.catch(() => undefined));
    for await (const message of channel.messages) {
      const target = targets[(message[0] ?? 0) / 2];
      if (target?.writable && message.length > 1) await written(target, message.subarray(1));
    }
  } finally {
    gone.abort();
    forward.context.stopped.removeEventListener('abort', onStop);
    for (const target of targets) target?.destroy();
    await Promise.allSettled(connected);
    channel.close();
  }
}

/** Resolves when the target can take more, or has gone. */
function written(target: Duplex, body: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    target.write(body, () => resolve());
  });
}
