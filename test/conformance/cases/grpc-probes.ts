import { podCase } from '../pod-of-case.ts';
import type { PodCase } from '../pod-of-case.ts';

/** A server of grpc.health.v1, in the words of Node: the service `SERVICE` is in the state `STATE`, others are not known. */
const SERVER = `
const { createServer } = require('node:http2');
const states = { SERVING: 1, NOT_SERVING: 2 };
const server = createServer();
server.on('stream', (stream, headers) => {
  const body = [];
  stream.on('data', (chunk) => body.push(chunk));
  stream.on('end', () => {
    const end = (status, message) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': message }, { endStream: true });
    };
    if (process.env.STATE === 'SILENT') return;
    if (headers[':path'] !== '/grpc.health.v1.Health/Check' || process.env.STATE === 'NONE') return end(12, 'unknown service grpc.health.v1.Health');
    const asked = Buffer.concat(body).subarray(7).toString();
    if (asked !== (process.env.SERVICE || '')) return end(5, 'unknown service');
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, states[process.env.STATE]]));
  });
});
server.listen(18999, process.env.POD_IP);
`;

const server = (state: string, grpc: object): PodCase['spec'] => ({
  containers: [
    {
      name: 'main',
      image: 'node:24',
      command: ['node', '-e', SERVER],
      env: [
        { name: 'STATE', value: state },
        { name: 'SERVICE', value: 'orders' },
        { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      ],
      // It connects again while its time lasts: so long has the server to start.
      readinessProbe: { grpc: { port: 18999, ...grpc }, timeoutSeconds: 10 },
    },
  ],
});
const unready = {
  lastEvent: 'Readiness probe',
  until: ({ phase }: { phase?: string }) => phase === 'Running',
  see: ['events' as const],
  error: true,
};

podCase('grpc-probes', 'a service that serves', {
  spec: server('SERVING', { service: 'orders' }),
  until: (status) => status.containerStatuses?.[0]?.ready === true,
  see: ['states', 'conditions'],
});
podCase('grpc-probes', 'one that does not', {
  spec: server('NOT_SERVING', { service: 'orders' }),
  ...unready,
});
podCase('grpc-probes', 'one that the server does not know', {
  spec: server('SERVING', { service: 'others' }),
  ...unready,
});
podCase('grpc-probes', 'a server that does not know the protocol', { spec: server('NONE', {}), ...unready });
podCase('grpc-probes', 'a server that does not answer', { spec: server('SILENT', {}), ...unready });
podCase('grpc-probes', 'a port where nobody listens', {
  spec: server('SERVING', { port: 18998 }),
  ...unready,
});
