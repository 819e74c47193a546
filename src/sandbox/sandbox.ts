import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createClient } from '../kubernetes/create-client.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { type Clock, systemClock } from '../kubernetes/clock.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { createApiServer } from './apiserver/api-server.ts';
import { serveHttp } from './apiserver/http-server.ts';
import { inProcessTransport } from './apiserver/in-process-transport.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { claimFolder } from './claim-folder.ts';
import { builtInImages } from './images/built-in-images.ts';
import { createImageTable, type SandboxImage } from './images/image-table.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { findHostPrograms } from './kubelet/host-programs.ts';
import { startKubelet } from './kubelet/kubelet.ts';
import { currentAccount, namespacesAvailable } from './kubelet/namespaces.ts';
import { claimAddressRange } from './network/addresses.ts';
import { startPodNetwork } from './network/pod-network.ts';
import { projectFolder } from './project-folder.ts';
import { startS3Server } from './s3/server.ts';
import { offerProfile, type SandboxObjectStore } from './sandbox-profile.ts';
import { selfSignedCertificate } from './tls/self-signed-certificate.ts';
import { openTlsFront } from './tls/tls-front.ts';

export interface SandboxOptions {
  /** For everything that the sandbox writes; made when absent, and only one sandbox at a time may use it. */
  folder: string;
  /** Of the API server; any free one when absent. */
  port?: number;
  /** Images besides the built-in ones; one of the same name takes the built-in one's place. */
  images?: SandboxImage[];
  /** Told what happens, one line each. */
  log?(message: string): void;
  clock?: Clock;
  /** Uniform in [0, 1). */
  random?(): number;
  /** PATH in which the programs that make containers are looked for. */
  path?: string;
  /** False: pods stay pending, for tests of the API alone. */
  node?: boolean;
  /** False: no S3 store. */
  objectStore?: boolean;
}

/** A running Kubernetes of one process: API server, controllers, a node, and an S3 store. */
export interface Sandbox {
  /** `https://127.N.0.1:PORT` */
  url: string;
  /** Path of a kubeconfig; readable by this account only. */
  kubeconfig: string;
  kubeconfigText: string;
  /** Speaks to the API server without a socket, as administrator. */
  client: KubernetesClient;
  s3: SandboxObjectStore | undefined;
  /** Where programs of added images may be put: every container sees this folder, at the same path. */
  imagesFolder: string;
  addImage(image: SandboxImage): void;
  /** Ends everything that runs in it and removes it, except the object store's content. */
  stop(): Promise<void>;
}

const NODE_NAME = 'sandbox';
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Starts a sandbox.
 * @throws {Error} in one sentence with a remedy, where this machine cannot run one.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const started: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    const problems: unknown[] = [];
    for (const end of started.splice(0).toReversed()) {
      // Whatever one part meets, the others end: a listener that is left keeps the process alive.
      await end().catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new AggregateError(problems, problems.map(String).join('; '));
  };
  try {
    return { ...(await start(options, (end) => started.push(end))), stop };
  } catch (error) {
    // Why it did not start is the news; what could not be undone then is for the log.
    await stop().catch((problem: unknown) => options.log?.(String(problem)));
    throw error;
  }
}

async function start(
  options: SandboxOptions,
  onStop: (end: () => Promise<unknown>) => void,
): Promise<Omit<Sandbox, 'stop'>> {
  const { clock = systemClock, random = Math.random, log = () => undefined, path = DEFAULT_PATH } = options;
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const claim = await claimFolder(folder);
  onStop(() => claim.release());
  onStop(() => removeState(folder));
  if (options.node !== false) {
    const refusal = await namespacesAvailable(path);
    if (refusal !== undefined) throw new Error(refusal);
  }

  const addresses = await claimAddressRange(random);
  onStop(() => addresses.close());
  const { host } = addresses;
  const token = randomBytes(32).toString('hex');
  const allocateAddress = addresses.nextServiceAddress;
  const server = createApiServer({ clock, random, allocateAddress, bearerTokens: [token] });
  onStop(async () => server.stop());
  const http = await serveHttp(server, { clock, host });
  onStop(() => http.close());
  const { certificate, front } = await serveTls(http.url, host, options.port ?? 0, clock);
  onStop(() => front.close());

  const transport = withToken(inProcessTransport(server), token);
  const client = createClient(transport, { clock });
  onStop(() => client.close());
  const volumesFolder = join(folder, 'volumes');
  const controllers = startControllers({
    client,
    clock,
    log,
    volumesFolder,
    certificateAuthority: certificate,
    removeFolder: (volume) => removeVolume(volume, volumesFolder),
  });
  onStop(() => controllers.stop());

  const s3 = options.objectStore === false ? undefined : await startObjectStore(folder, host, log, onStop);
  if (s3) {
    const done = new AbortController();
    const offered = offerProfile(s3, { client, clock, log, signal: done.signal });
    onStop(() => (done.abort(), offered));
  }

  const project = projectFolder(import.meta.dirname);
  const programs = {
    folder: join(folder, 'images'),
    node: process.execPath,
    programs: join(project, 'dist'),
  };
  const images = createImageTable([...builtInImages(programs), ...(options.images ?? [])]);
  if (options.node !== false) {
    const network = await startPodNetwork({ client, clock, addresses, log });
    onStop(() => network.close());
    const visible = [project, dirname(process.execPath), programs.folder].filter((file) => existsSync(file));
    const kubelet = await startKubelet({
      nodeName: NODE_NAME,
      client,
      clock,
      network,
      images,
      folder,
      visible,
      log,
      programs: findHostPrograms(path),
      account: currentAccount(),
      apiServer: { host, port: front.port, certificateAuthority: certificate },
      path: DEFAULT_PATH,
    });
    onStop(() => kubelet.stop());
    server.setNodeAgent(kubelet.agent);
  }

  const kubeconfig = join(folder, 'kubeconfig');
  const kubeconfigText = formatKubeconfig({ url: front.url, certificateAuthority: certificate, token });
  writeFileSync(kubeconfig, kubeconfigText, { mode: 0o600 });
  const addImage = (image: SandboxImage) => images.add(image);
  return { url: front.url, kubeconfig, kubeconfigText, client, s3, imagesFolder: programs.folder, addImage };
}

async function serveTls(url: string, host: string, port: number, clock: Clock) {
  const names = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const alternatives = { dns: [...names, 'localhost'], addresses: [host] };
  const certificate = selfSignedCertificate('kubernetes', alternatives, clock.now());
  const inner = new URL(url);
  const front = await openTlsFront(
    certificate,
    { host, port },
    { host: inner.hostname, port: Number(inner.port) },
  );
  return { certificate: certificate.certificate, front };
}

async function startObjectStore(
  folder: string,
  host: string,
  log: (message: string) => void,
  onStop: (end: () => Promise<unknown>) => void,
): Promise<SandboxObjectStore> {
  const accessKey = `SANDBOX${randomBytes(6).toString('hex').toUpperCase()}`;
  const secretKey = randomBytes(20).toString('hex');
  const [bucket, region] = ['sandbox', 'us-east-1'];
  const store = await startS3Server({
    folder: join(folder, 's3'),
    host,
    region,
    credentials: [{ accessKeyId: accessKey, secretAccessKey: secretKey }],
    onError: (error) => log(`object store: ${String(error)}`),
  });
  onStop(() => store.close());
  await store.ensureBucket(bucket);
  return { endpoint: store.endpoint, bucket, accessKey, secretKey, region };
}

/** Requests of the sandbox itself come from its administrator, like those of its kubeconfig. */
function withToken(transport: Transport, token: string): Transport {
  const authorization = `Bearer ${token}`;
  return {
    send: (request) => transport.send({ ...request, headers: { ...request.headers, authorization } }),
    connect: (request) => transport.connect({ ...request, headers: { ...request.headers, authorization } }),
    close: () => transport.close(),
  };
}

/** A volume may name any folder of the machine; only those that the sandbox made are its own to remove. */
async function removeVolume(path: string, volumesFolder: string): Promise<void> {
  if (dirname(resolve(path)) !== volumesFolder) return;
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Objects live in memory, so what belongs to them goes with the sandbox; backups in the object store stay. */
async function removeState(folder: string): Promise<void> {
  for (const name of ['pods', 'volumes', 'images', 'kubeconfig']) {
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
