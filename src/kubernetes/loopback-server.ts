import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

export interface LoopbackServer extends AsyncDisposable {
  url: string;
  /** What was asked, in order: `GET /api/v1/pods?limit=1`. */
  requests: string[];
}

export interface LoopbackOptions {
  handle?: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  /** What happens on a WebSocket; without it all are refused by `handle`. */
  socket?: (socket: WebSocket, request: http.IncomingMessage) => void;
  protocols?: string[];
  tls?: https.ServerOptions;
}

/** A server on this machine for a test, that is gone with all its connections when it is disposed of. */
export async function loopbackServer({
  handle,
  socket,
  protocols,
  tls,
}: LoopbackOptions): Promise<LoopbackServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    if (handle) handle(request, response);
    else response.writeHead(404).end();
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.on(tls ? 'secureConnection' : 'connection', (connection: Socket) => {
    sockets.add(connection);
    connection.on('close', () => sockets.delete(connection));
  });
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) =>
      (protocols ?? ['v5.channel.k8s.io']).find((name) => offered.has(name)) ?? false,
  });
  server.on('upgrade', (request, connection, head) => {
    if (!socket) {
      const response = new http.ServerResponse(request);
      response.assignSocket(connection as Socket);
      response.shouldKeepAlive = false;
      listener(request, response);
      return;
    }
    requests.push(`CONNECT ${request.url}`);
    upgrades.handleUpgrade(request, connection, head, (opened) => socket(opened, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const connection of sockets) connection.destroy();
      await closed;
    },
  };
}

export function answerJson(
  response: http.ServerResponse,
  code: number,
  body: object,
  headers: object = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
