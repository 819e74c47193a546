import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { JsonObject, ResourceType } from '../../src/kubernetes/objects.ts';
import { SERVICE_ACCOUNTS } from '../../src/kubernetes/resources.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import { formatYaml, parseYaml } from '../../src/kubernetes/yaml.ts';

const CLUSTER_ROLE_BINDINGS: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
};
const NAME = 'operator';

export interface ServiceAccountOptions {
  client: KubernetesClient;
  transport: Transport;
  namespace: string;
  /** Of an administrator. */
  kubeconfig: string;
  /** Where the new one goes. */
  folder: string;
  ends: (() => Promise<unknown>)[];
}

/**
 * A kubeconfig with the token of a service account, as operators in pods have one: a server remembers tokens, and checks the chain of a
 * client certificate at every request, which costs it more than most of what it is asked.
 */
export async function asServiceAccount(options: ServiceAccountOptions): Promise<string> {
  const { client, namespace, ends } = options;
  await client.create(SERVICE_ACCOUNTS, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: NAME, namespace },
  });
  await client.create(CLUSTER_ROLE_BINDINGS, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
  } as never);
  ends.push(() => client.delete(CLUSTER_ROLE_BINDINGS, { name: namespace }));
  const file = join(options.folder, 'kubeconfig');
  const config = parseYaml(await readFile(options.kubeconfig, 'utf8')) as JsonObject;
  const [user] = config['users'] as JsonObject[];
  const users = [{ ...user, user: { token: await requestToken(options) } }];
  await writeFile(file, formatYaml({ ...config, users }), { mode: 0o600 });
  return file;
}

async function requestToken({ transport, namespace }: ServiceAccountOptions): Promise<string> {
  const answer = await transport.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${NAME}/token`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
  });
  const text = (await answer.body.toArray()).join('');
  if (answer.status !== 201) throw new Error(`no token for the operator: ${answer.status} ${text}`);
  return (JSON.parse(text) as { status: { token: string } }).status.token;
}
