import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { clusterAddress, type Endpoints, readyTargets, type Service, type ServicePort } from './service.ts';

type Target = ReturnType<typeof readyTargets>[number];

interface Listener {
  server: Server;
  targets: Target[];
  next: number;
  connections: Set<Socket>;
}

/** Forwards TCP connections to services to their ready pods, in turn. */
export interface ServiceProxy {
  /** Makes the listeners match; a port without ready pods has none, so that a client is refused as on a real node. */
  update(services: { service: Service; endpoints: Endpoints | undefined }[]): void;
  close(): Promise<void>;
}

export function createServiceProxy(log: (message: string) => void): ServiceProxy {
  const listeners = new Map<string, Listener>();
  return {
    update(services) {
      const wanted = new Map<string, { targets: Target[]; service: Service; port: ServicePort }>();
      for (const { service, endpoints } of services) {
        const address = clusterAddress(service);
        for (const port of address === undefined ? [] : (service.spec?.ports ?? [])) {
          const targets = (port.protocol ?? 'TCP') === 'TCP' ? readyTargets(port, endpoints) : [];
          if (targets.length > 0) wanted.set(`${address}:${port.port}`, { targets, service, port });
        }
      }
      for (const [key, listener] of listeners) {
        if (wanted.has(key)) continue;
        listeners.delete(key);
        listener.server.close();
      }
      for (const [key, { targets, service, port }] of wanted) {
        const listener = listeners.get(key);
        if (listener) listener.targets = targets;
        else {
          const name = `${service.metadata?.namespace}/${service.metadata?.name}`;
          listeners.set(key, openListener(clusterAddress(service) ?? '', port.port, targets, name, log));
        }
      }
    },
    async close() {
      const all = [...listeners.values()];
      listeners.clear();
      await Promise.all(all.map(closeListener));
    },
  };
}

function openListener(
  host: string,
  port: number,
  targets: Target[],
  name: string,
  log: (message: string) => void,
): Listener {
  const listener: Listener = {
    server: createServer({ allowHalfOpen: true, pauseOnConnect: true }),
    targets,
    next: 0,
    connections: new Set(),
  };
  listener.server.on('connection', (client: Socket) => forward(client, listener));
  listener.server.on('error', (error: NodeJS.ErrnoException) => {
    const remedy =
      error.code === 'EACCES'
        ? ': an ordinary user may not listen on ports below net.ipv4.ip_unprivileged_port_start; use a higher port'
        : '';
    log(`service ${name} can't listen on ${host}:${port}: ${error.message}${remedy}`);
  });
  listener.server.listen(port, host);
  return listener;
}

function forward(client: Socket, listener: Listener): void {
  const target = listener.targets[listener.next++ % listener.targets.length];
  if (!target) return void client.resetAndDestroy();
  const pod = connect({ ...target, allowHalfOpen: true });
  for (const [socket, other] of [
    [client, pod],
    [pod, client],
  ] as const) {
    listener.connections.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => other.resetAndDestroy()); // the other side learns of it as it would without a proxy
    socket.on('close', () => {
      listener.connections.delete(socket);
      if (!other.writableEnded) other.destroySoon();
    });
  }
  pod.once('connect', () => {
    client.pipe(pod);
    pod.pipe(client);
  });
}

function closeListener({ server, connections }: Listener): Promise<void> {
  for (const socket of connections) socket.destroy();
  return new Promise((resolve) => {
    server.close(() => resolve()); // an error says that it never listened
  });
}
