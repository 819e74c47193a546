import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import type { ContainerNetwork } from './container-runtime.ts';

/** The machine's own network, in which pods are addresses of the loopback interface. */
export const machineNetwork: ContainerNetwork = {
  connect: (host, port, signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, signal, allowHalfOpen: true });
      const onError = (error: NodeJS.ErrnoException) =>
        reject(new Error(`dial tcp ${host}:${port}: ${connectError(error)}`, { cause: error }));
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        resolve(socket);
      });
    }),
  request: ({ secure, host, port, path, headers }, signal) =>
    new Promise((resolve, reject) => {
      const options = { host, port, path, headers, agent: false as const, signal };
      // A kubelet does not check certificates either: probes address pods by their IP.
      const request = secure ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
      request.once('error', (error: NodeJS.ErrnoException) => {
        const url = `${secure ? 'https' : 'http'}://${host}:${port}${path}`;
        const why =
          error.syscall === 'connect' ? `dial tcp ${host}:${port}: ${connectError(error)}` : error.message;
        reject(new Error(`Get ${JSON.stringify(url)}: ${why}`, { cause: error }));
      });
      request.once('response', (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      });
      request.end();
    }),
};

/** As Go words it. */
function connectError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connect: connection refused';
  if (error.code === 'ETIMEDOUT') return 'i/o timeout';
  if (error.code === 'EHOSTUNREACH') return 'connect: no route to host';
  return error.message;
}
