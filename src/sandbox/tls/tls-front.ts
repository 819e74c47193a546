import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { SelfSignedCertificate } from './self-signed-certificate.ts';

/** Serves a plain HTTP/1.1 server over TLS. */
export interface TlsFront {
  /** `https://HOST:PORT` */
  url: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Opens TLS on `listen` (port 0: any) and passes what comes in on to `target`, with back-pressure both ways: a server at an address, or
 * one of this process that takes the connection itself.
 */
export async function openTlsFront(
  certificate: SelfSignedCertificate,
  listen: { host: string; port: number },
  target: { host: string; port: number } | ((connection: Socket) => void),
): Promise<TlsFront> {
  const connections = new Set<Socket>();
  const server = createServer(
    {
      cert: certificate.certificate,
      key: certificate.key,
      // No client shows a certificate; the many authorities that Node would load to check them take milliseconds.
      ca: certificate.certificate,
      ALPNProtocols: ['http/1.1'],
    },
    (client) => {
      if (typeof target === 'function') {
        client.setNoDelay(true);
        connections.add(client);
        client.once('close', () => connections.delete(client));
        client.on('error', () => client.destroy()); // the target sees that it ended
        target(client);
        return;
      }
      const inner = connect(target);
      for (const [socket, other] of [
        [client, inner],
        [inner, client],
      ] as const) {
        connections.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => other.destroy()); // whoever is left sees its connection break
        socket.on('close', () => {
          connections.delete(socket);
          other.destroySoon();
        });
        socket.pipe(other);
      }
    },
  );
  // Those who never begin to speak TLS, too: closing would wait for them.
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : listen.port;
  return {
    url: `https://${listen.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        for (const socket of connections) socket.destroy();
      }),
  };
}
