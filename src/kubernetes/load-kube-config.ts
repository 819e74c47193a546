import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from './clock.ts';
import { fixedCredentials } from './credentials.ts';
import type { CredentialSource, RequestCredentials } from './credentials.ts';
import { execPlugin } from './exec-plugin.ts';
import type { PluginCluster } from './exec-plugin.ts';
import { httpTransport } from './http-transport.ts';
import { kubeConfigFiles, readKubeConfig } from './kubeconfig.ts';
import type { KubeCluster, KubeConfig, KubeUser } from './kubeconfig.ts';
import { proxyFor } from './proxy-for.ts';
import { tokenFile } from './token-file.ts';
import type { Transport } from './transport.ts';

export interface LoadOptions {
  /** KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST and _PORT, the proxy variables; handed on to credential plug-ins. */
  env: Record<string, string | undefined>;
  clock: Clock;
  /** One file in place of KUBECONFIG and `~/.kube/config`; it must exist. */
  kubeconfig?: string;
  /** A context other than the current one. */
  context?: string;
  /** Whether a credential plug-in may ask somebody at a terminal. */
  interactive?: boolean;
  /** Where a pod finds its service account. */
  serviceAccountDirectory?: string;
}

export interface LoadedKubeConfig {
  transport: Transport;
  /** Of the context, or of the pod; `default` when neither says. */
  namespace: string;
  server: string;
}

/**
 * Finds the cluster to talk to: the kubeconfig's context, or else the cluster that this process runs in.
 * @throws {KubeConfigError} when there is neither, or the context can't be used.
 */
export async function loadKubeConfig(options: LoadOptions): Promise<LoadedKubeConfig> {
  if (options.kubeconfig !== undefined) await requireFile(options.kubeconfig);
  const files = options.kubeconfig === undefined ? kubeConfigFiles(options.env) : [options.kubeconfig];
  const config = await readKubeConfig(files);
  const contextName = options.context ?? config.currentContext;
  if (contextName === '' && options.kubeconfig === undefined) {
    const inCluster = await loadInCluster(options);
    if (inCluster) return inCluster;
  }
  return fromContext(config, contextName, options);
}

/** The configuration can't be used; the text is client-go's where it has one. */
export class KubeConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KubeConfigError';
  }
}

const NO_CONFIGURATION =
  'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable';

async function requireFile(file: string): Promise<void> {
  try {
    await access(file);
  } catch (error) {
    // Node's text without its code and its own way to name the call: "ENOENT: no such file or directory, access '…'".
    const fault = error instanceof Error ? /^\w+: (.*), access /.exec(error.message)?.[1] : undefined;
    throw new KubeConfigError(`stat ${file}: ${fault ?? String(error)}`);
  }
}

async function fromContext(
  config: KubeConfig,
  name: string,
  options: LoadOptions,
): Promise<LoadedKubeConfig> {
  if (name === '') throw new KubeConfigError(NO_CONFIGURATION);
  const context = config.contexts.get(name)?.value;
  if (!context) {
    const known = [...config.contexts.keys()].join(', ') || 'none';
    throw new KubeConfigError(
      `context was not found for specified context: ${name} (contexts there are: ${known})`,
    );
  }
  const cluster = config.clusters.get(context.cluster ?? '')?.value;
  if (!cluster?.server) {
    throw new KubeConfigError(
      `invalid configuration: cluster ${JSON.stringify(context.cluster ?? '')} of context ${JSON.stringify(name)} has no server defined`,
    );
  }
  const user = config.users.get(context.user ?? '');
  if (context.user && !user) {
    throw new KubeConfigError(
      `invalid configuration: user ${JSON.stringify(context.user)} of context ${JSON.stringify(name)} is not defined`,
    );
  }
  const certificateAuthority = await dataOrFile(cluster, 'certificate-authority');
  const proxyUrl = cluster['proxy-url'] || proxyFor(new URL(cluster.server), options.env);
  const credentials = user
    ? await userCredentials(user.value, pluginCluster(cluster, certificateAuthority), user.directory, options)
    : fixedCredentials({});
  // A person may have to log in, which takes longer than a request may.
  if (user?.value.exec && options.interactive) await credentials.current();
  const transport = httpTransport({
    server: cluster.server,
    clock: options.clock,
    credentials,
    ...(certificateAuthority && { certificateAuthority }),
    ...(cluster['insecure-skip-tls-verify'] && { insecureSkipTlsVerify: true }),
    ...(cluster['tls-server-name'] && { tlsServerName: cluster['tls-server-name'] }),
    ...(proxyUrl && { proxyUrl }),
  });
  return { transport, namespace: context.namespace || 'default', server: cluster.server };
}

/** Client certificate, then impersonation, then the first of: plug-in, token file, token, name and password. */
async function userCredentials(
  user: KubeUser,
  cluster: PluginCluster,
  directory: string,
  { clock, env, interactive = false }: LoadOptions,
): Promise<CredentialSource> {
  const [clientCertificate, clientKey] = await Promise.all([
    dataOrFile(user, 'client-certificate'),
    dataOrFile(user, 'client-key'),
  ]);
  const always: RequestCredentials = {
    ...(clientCertificate && { clientCertificate }),
    ...(clientKey && { clientKey }),
    headers: impersonationHeaders(user),
  };
  if (user.exec) {
    return withAlways(always, execPlugin({ plugin: user.exec, cluster, env, directory, interactive, clock }));
  }
  if (user.tokenFile) return withAlways(always, tokenFile(user.tokenFile, clock));
  if (user.token)
    return fixedCredentials(combine(always, { headers: { authorization: `Bearer ${user.token}` } }));
  if (user.username) {
    const basic = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
    return fixedCredentials(combine(always, { headers: { authorization: `Basic ${basic}` } }));
  }
  if (user['auth-provider']) {
    throw new KubeConfigError(
      `the kubeconfig's auth-provider ${JSON.stringify(user['auth-provider'].name)} is not supported: use its exec plug-in, as kubectl since 1.26 does`,
    );
  }
  return fixedCredentials(always);
}

/** What is given on every request beside what `source` gives. */
function withAlways(always: RequestCredentials, source: CredentialSource): CredentialSource {
  let last: { given: RequestCredentials; combined: RequestCredentials } | undefined;
  return {
    current: async (signal) => {
      const given = await source.current(signal);
      if (last?.given !== given) last = { given, combined: combine(always, given) };
      return last.combined;
    },
    refused: (credentials, signal) =>
      last?.combined === credentials ? source.refused(last.given, signal) : Promise.resolve(true),
  };
}

function combine(always: RequestCredentials, given: RequestCredentials): RequestCredentials {
  return { ...always, ...given, headers: { ...always.headers, ...given.headers } };
}

function impersonationHeaders(user: KubeUser): Record<string, string | string[]> {
  return {
    ...(user.as && { 'impersonate-user': user.as }),
    ...(user['as-uid'] && { 'impersonate-uid': user['as-uid'] }),
    ...(user['as-groups']?.length && { 'impersonate-group': user['as-groups'] }),
    ...Object.fromEntries(
      Object.entries(user['as-user-extra'] ?? {}).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
        values,
      ]),
    ),
  };
}

/** PEM, from `<field>-data` in base64 or from the file at `<field>`. */
async function dataOrFile<F extends 'certificate-authority' | 'client-certificate' | 'client-key'>(
  fields: { [name in F | `${F}-data`]?: string },
  field: F,
): Promise<string | undefined> {
  const data = fields[`${field}-data`];
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const file = fields[field];
  return file ? readFile(file, 'utf8') : undefined;
}

function pluginCluster(cluster: KubeCluster, certificateAuthority: string | undefined): PluginCluster {
  const extension = cluster.extensions?.find(
    ({ name }) => name === 'client.authentication.k8s.io/exec',
  )?.extension;
  return {
    server: cluster.server ?? '',
    ...(cluster['tls-server-name'] && { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { 'insecure-skip-tls-verify': true }),
    ...(certificateAuthority && {
      'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
    }),
    ...(cluster['proxy-url'] && { 'proxy-url': cluster['proxy-url'] }),
    ...(extension !== undefined && { config: extension }),
  };
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Nothing outside of a pod. */
async function loadInCluster({
  env,
  clock,
  serviceAccountDirectory = SERVICE_ACCOUNT_DIRECTORY,
}: LoadOptions): Promise<LoadedKubeConfig | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return undefined;
  const token = path.join(serviceAccountDirectory, 'token');
  const [certificateAuthority, namespace] = await Promise.all([
    readOptional(path.join(serviceAccountDirectory, 'ca.crt')),
    readOptional(path.join(serviceAccountDirectory, 'namespace')),
  ]);
  if ((await readOptional(token)) === undefined) return undefined;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const proxyUrl = proxyFor(new URL(server), env);
  const transport = httpTransport({
    server,
    clock,
    credentials: tokenFile(token, clock),
    ...(certificateAuthority && { certificateAuthority }),
    ...(proxyUrl && { proxyUrl }),
  });
  return { transport, namespace: namespace?.trim() || 'default', server };
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
