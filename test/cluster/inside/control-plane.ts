import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCertificateAuthority } from '../certificate-authority.ts';
import type { CertificateAuthority, CertificateRequest } from '../certificate-authority.ts';
import { API_SERVICE_ADDRESS, SERVICE_RANGE } from '../free-range.ts';
import { NODE_NAME } from '../plan.ts';
import type { ClusterPlan } from '../plan.ts';

export const API_PORT = 6443;

/** Files that the components are given. */
export interface ClusterIdentity {
  /** The path of a file of this name. */
  file(name: string): string;
  /** The path of a component's kubeconfig. */
  kubeconfig(user: 'admin' | 'controller-manager' | 'scheduler' | 'kubelet' | 'proxy'): string;
}

/**
 * Writes certificates, keys and kubeconfigs. They are new at each start, except the key of service accounts: tokens of pods that a
 * kept state has were signed by it.
 */
export async function writeIdentity({ folders, uplink }: ClusterPlan): Promise<ClusterIdentity> {
  const folder = join(folders.run, 'identity');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, name);
  const keep = (name: string, content: string) => writeFile(file(name), content, { mode: 0o600 });
  const authority = createCertificateAuthority('kubernetes', new Date());
  await keep('ca.crt', authority.certificate);
  for (const [name, request] of Object.entries(requests(uplink.node))) {
    const { certificate, key } = authority.issue(request);
    await keep(`${name}.crt`, certificate);
    await keep(`${name}.key`, key);
  }
  if (!existsSync(file('service-accounts.key'))) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await keep('service-accounts.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString());
    await keep('service-accounts.key', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  }
  const server = `https://${uplink.node}:${API_PORT}`;
  for (const user of ['admin', 'controller-manager', 'scheduler', 'kubelet', 'proxy']) {
    await keep(`${user}.kubeconfig`, await kubeconfigFor(server, authority, file(user)));
  }
  await writeFile(folders.kubeconfig, await readFile(file('admin.kubeconfig')), { mode: 0o600 });
  return { file, kubeconfig: (user) => file(`${user}.kubeconfig`) };
}

function requests(node: string): Record<string, CertificateRequest> {
  const service = 'kubernetes.default.svc';
  const names = ['localhost', 'kubernetes', 'kubernetes.default', service, `${service}.cluster.local`];
  const masters = 'system:masters';
  return {
    apiserver: { commonName: 'kube-apiserver', names: [...names, '127.0.0.1', node, API_SERVICE_ADDRESS] },
    'apiserver-kubelet-client': { commonName: 'kube-apiserver-kubelet-client', organization: masters },
    'front-proxy-client': { commonName: 'front-proxy-client' },
    admin: { commonName: 'kubernetes-admin', organization: masters },
    'controller-manager': { commonName: 'system:kube-controller-manager' },
    scheduler: { commonName: 'system:kube-scheduler' },
    proxy: { commonName: 'system:kube-proxy' },
    kubelet: {
      commonName: `system:node:${NODE_NAME}`,
      organization: 'system:nodes',
      names: [NODE_NAME, node, '127.0.0.1'],
    },
  };
}

async function kubeconfigFor(
  server: string,
  authority: CertificateAuthority,
  files: string,
): Promise<string> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const name = 'cluster';
  const user = {
    'client-certificate-data': base64(await readFile(`${files}.crt`, 'utf8')),
    'client-key-data': base64(await readFile(`${files}.key`, 'utf8')),
  };
  const cluster = { server, 'certificate-authority-data': base64(authority.certificate) };
  return `${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  })}\n`;
}

const ETCD = 'http://127.0.0.1:2379';
const ETCD_PEER = 'http://127.0.0.1:2380';

/** Command lines of etcd and the API server, in the order of their start. */
export function apiServer(plan: ClusterPlan, { file }: ClusterIdentity): Record<string, string[]> {
  const { folders, uplink } = plan;
  return {
    etcd: [
      program(plan, 'etcd'),
      '--name=cluster',
      `--data-dir=${join(folders.run, 'etcd')}`,
      '--unsafe-no-fsync', // what a crash of the machine would lose is lost with the cluster anyway
      '--log-level=warn',
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      `--listen-peer-urls=${ETCD_PEER}`,
      `--initial-advertise-peer-urls=${ETCD_PEER}`,
      `--initial-cluster=cluster=${ETCD_PEER}`,
    ],
    'kube-apiserver': [
      program(plan, 'kube-apiserver'),
      `--etcd-servers=${ETCD}`,
      // Soon enough for tests of what a server answers to those who come with versions that it has forgotten.
      '--etcd-compaction-interval=10s',
      `--secure-port=${API_PORT}`,
      `--advertise-address=${uplink.node}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      `--tls-cert-file=${file('apiserver.crt')}`,
      `--tls-private-key-file=${file('apiserver.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${file('service-accounts.pub')}`,
      `--service-account-signing-key-file=${file('service-accounts.key')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--kubelet-client-certificate=${file('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${file('apiserver-kubelet-client.key')}`,
      `--kubelet-certificate-authority=${file('ca.crt')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--requestheader-client-ca-file=${file('ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
      `--proxy-client-key-file=${file('front-proxy-client.key')}`,
      '--shutdown-delay-duration=0s',
    ],
  };
}

/** Command lines of the scheduler and the controller manager. */
export function controllers(plan: ClusterPlan, identity: ClusterIdentity): Record<string, string[]> {
  const { file } = identity;
  const common = (kubeconfig: string) => [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
  ];
  return {
    'kube-controller-manager': [
      program(plan, 'kube-controller-manager'),
      ...common(identity.kubeconfig('controller-manager')),
      `--root-ca-file=${file('ca.crt')}`,
      `--service-account-private-key-file=${file('service-accounts.key')}`,
      '--use-service-account-credentials=true',
    ],
    'kube-scheduler': [program(plan, 'kube-scheduler'), ...common(identity.kubeconfig('scheduler'))],
  };
}

/** The path of one of Kubernetes' programs. */
export function program({ built }: ClusterPlan, name: string): string {
  return join(built['kubernetes'] ?? '', name);
}
