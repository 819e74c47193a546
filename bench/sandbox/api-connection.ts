import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

/** Plain HTTPS to a sandbox, so that no client's own work is measured. */
export interface ApiConnection {
  /** Resolves to the body. @throws {Error} on any answer but success */
  send(method: string, path: string, body?: object): Promise<string>;
  /** Resolves when the watch is open. `complete` counts its events, up to `expected` or its end. */
  watch(path: string, expected: number): Promise<{ complete: Promise<number>; end(): void }>;
  close(): void;
}

const LINE_FEED = 0x0a;

/** @param kubeconfig of a sandbox: JSON @param connections at a time, watches apart */
export function connectToApi(kubeconfig: string, connections: number): ApiConnection {
  const { clusters, users } = JSON.parse(kubeconfig);
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
  const ca = Buffer.from(authority, 'base64').toString();
  const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const open = async (method: string, path: string, body: object | undefined, how: Agent | false) => {
    const sent = request(`${server}${path}`, { method, headers, ca, agent: how });
    sent.end(body && JSON.stringify(body));
    const [response]: IncomingMessage[] = await once(sent, 'response');
    if (!response) throw new Error(`${method} ${path}: no response`);
    const { statusCode = 0 } = response;
    if (statusCode < 300) return response;
    throw new Error(`${method} ${path}: ${statusCode} ${await text(response)}`);
  };
  return {
    send: async (method, path, body) => text(await open(method, path, body, agent)),
    async watch(path, expected) {
      const response = await open('GET', path, undefined, false);
      let events = 0;
      const complete = new Promise<number>((resolve) => {
        response.on('data', (chunk: Buffer) => {
          for (let at = -1; (at = chunk.indexOf(LINE_FEED, at + 1)) !== -1;) events += 1;
          if (events >= expected) resolve(events);
        });
        response.on('close', () => resolve(events));
        response.on('error', () => resolve(events)); // ended by us, or by the server: too few then
      });
      return { complete, end: () => void response.destroy() };
    },
    close: () => agent.destroy(),
  };
}
