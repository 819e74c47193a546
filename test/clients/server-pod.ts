/** A port-forward reaches a pod's own localhost on a cluster, and the pod's address in a sandbox, where localhost is the machine's. */
const SERVER = `
const { POD_IP } = process.env;
const host = POD_IP.startsWith('127.') ? POD_IP : '0.0.0.0';
require('http').createServer((_, response) => response.end('hello')).listen(8080, host)`;

/** A pod that answers HTTP on port 8080 with `hello`, and is ready when it does. */
export const serverPod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'main',
        image: 'node:24',
        command: ['node', '-e', SERVER],
        env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
      },
    ],
  },
});
