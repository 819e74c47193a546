import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createClient } from '../kubernetes/create-client.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { type Clock, systemClock } from '../kubernetes/clock.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { createApiServer } from './apiserver/api-server.ts';
import { valueAt } from './apiserver/json-value.ts';
import type { StoredState } from './apiserver/store.ts';
import { serveHttp } from './apiserver/http-server.ts';
import { inProcessTransport } from './apiserver/in-process-transport.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { claimFolder } from './claim-folder.ts';
import { faultyApiServer } from './faults/faulty-api-server.ts';
import { createFaults } from './faults/faults.ts';
import type { Faults } from './faults/faults.ts';
import { killContainers } from './faults/kill-containers.ts';
import { movableClock } from './faults/movable-clock.ts';
import { builtInImages } from './images/built-in-images.ts';
import { createImageTable, type SandboxImage } from './images/image-table.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import { namespacesAvailable } from './kubelet/namespaces.ts';
import type { BackOff } from './kubelet/node-context.ts';
import { claimAddressRange } from './network/addresses.ts';
import { publishApiServer } from './network/publish-api-server.ts';
import { openApiFront } from './open-api-front.ts';
import { projectFolder } from './project-folder.ts';
import { offerProfile, type SandboxObjectStore } from './sandbox-profile.ts';
import type { SimulatedContainer } from './simulated-kubelet/simulated-runtime.ts';
import { type Nodes, type SandboxNode, startNodes } from './start-nodes.ts';
import { startObjectStore } from './start-object-store.ts';
import { folderDriver } from './storage/folder-driver.ts';
import { storageControllers } from './storage/storage-controllers.ts';
import { storageObjects } from './storage/storage-objects.ts';
import { removeCluster } from './state/remove-sandbox.ts';
import { openSandboxState } from './state/sandbox-state.ts';

export interface SandboxOptions {
  /** For everything that the sandbox writes; made when absent, and only one sandbox at a time may use it. */
  folder: string;
  /**
   * Whether its cluster outlives it, however it ends: the next sandbox of this folder goes on with the same objects, volumes, keys and addresses.
   * Default false: everything but the object store's content ends with it.
   */
  persist?: boolean;
  /** Begins with an empty cluster, whatever the folder holds from before; the object store's content stays. */
  reset?: boolean;
  /** Of the API server; when absent the one it had before, or any free one. */
  port?: number;
  /** Whether roles and their bindings are enforced. Default false: whoever is known may do everything. */
  rbac?: boolean;
  /** Images besides the built-in ones; one of the same name takes the built-in one's place. */
  images?: SandboxImage[];
  /** Told what happens, one line each. */
  log?(message: string): void;
  clock?: Clock;
  /** Uniform in [0, 1). */
  random?(): number;
  /** Of the faults that are asked for by probability. Default 1. */
  faultSeed?: number;
  /** PATH in which the programs that make containers are looked for. */
  path?: string;
  /**
   * False: pods stay pending, for tests of the API alone. `simulated`: containers do what `containers` says, without
   * processes.
   */
  node?: boolean | 'simulated';
  /** Scripts of simulated containers; those without one run until they are ended. */
  containers?: SimulatedContainer[];
  /** One node, named `sandbox`, when absent. */
  nodes?: SandboxNode[];
  /** Of failing containers and missing images; a kubelet's 10 s to 5 min when absent. */
  backOff?: Partial<BackOff>;
  /** Bytes after which a container's log counts as rotated: only what came after is shown. Default: never. */
  rotateLogsAt?: number;
  /** False: as servers before 1.30, which cannot select custom resources by fields that their definition names. Default true. */
  selectableFields?: boolean;
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
  /** Troubles on demand, for whoever speaks to it by its address or its `client`; its own parts are spared. */
  faults: Faults;
  /** By node: ways to make pods fail as nodes make them fail. */
  kubelets: ReadonlyMap<string, Kubelet>;
  /** Whether containers' limits of memory are enforced: where this machine lets the sandbox have control groups. */
  limitsMemory: boolean;
  /** Ends everything that runs in it; what was not to be kept is removed, except the object store's content. */
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
  const { random = Math.random, log = () => undefined, path = DEFAULT_PATH } = options;
  const { persist = false } = options;
  const clock = movableClock(options.clock ?? systemClock);
  const folder = resolve(options.folder);
  makeFolder(folder);
  const claim = await claimFolder(folder);
  onStop(() => claim.release());
  if (options.reset) await removeCluster(folder);
  const state = openSandboxState(folder, { persist, clock, log });
  onStop(() => state.close());
  const needsProcesses = options.node !== false && options.node !== 'simulated';
  // A program has to run for it, so other things go on meanwhile.
  const refused = needsProcesses ? namespacesAvailable(path) : Promise.resolve(undefined);
  refused.catch(() => undefined); // where it is awaited it is dealt with
  const addresses = await claimAddressRange(random, state.host);
  onStop(() => addresses.close());
  const { host } = addresses;
  for (const address of addressesIn(state.objects.initial)) addresses.reserve(address);
  const identity = state.identity(host, clock.now());
  state.keepIdentity(identity);
  const { administratorToken: token, tls } = identity;
  const { certificate } = tls;
  const server = createApiServer({
    clock,
    random,
    allocateAddress: addresses.nextServiceAddress,
    bearerTokens: [token],
    rbac: options.rbac ?? false,
    selectableFields: options.selectableFields ?? true,
    kept: state.objects,
    installed: storageObjects(),
    serviceAccountKey: identity.serviceAccountKey,
  });
  let nodes: Nodes | undefined;
  const faults = createFaults({
    clock,
    seed: options.faultSeed ?? 1,
    targets: {
      killPod: (pod) => killContainers(nodes?.kubelets ?? new Map(), ownClient, pod),
      get fillVolume() {
        return nodes?.fillVolume;
      },
      moveClock: (milliseconds) => clock.advance(milliseconds),
    },
  });
  const faulty = faultyApiServer(server, faults.source, clock);
  onStop(async () => faulty.stop());
  const http = await serveHttp(faulty, { clock, host });
  onStop(() => http.close());
  const front = await openApiFront(http.accept, { ...identity, port: options.port, log });
  onStop(() => front.close());

  // By these names managed fields tell who wrote what.
  const clientOf = (userAgent: string): KubernetesClient => {
    const made = createClient(withToken(inProcessTransport(server), token), { clock, userAgent });
    onStop(() => made.close());
    return made;
  };
  const ownClient = clientOf('kube-controller-manager');
  const client = createClient(withToken(inProcessTransport(faulty), token), { clock });
  onStop(() => client.close());
  await publishApiServer(clientOf('kube-apiserver'), { host, port: front.port });
  const controllers = startControllers({
    client: ownClient,
    objects: server.objects,
    clock,
    log,
    certificateAuthority: certificate,
    further: storageControllers(folderDriver(join(folder, 'volumes'))),
  });
  onStop(() => controllers.stop());

  const store =
    options.objectStore === false ? undefined : await startObjectStore(folder, { identity, log, onStop });
  const s3 = store?.offered;
  if (s3) {
    const done = new AbortController();
    const offered = offerProfile(s3, { client: ownClient, clock, log, signal: done.signal });
    onStop(() => (done.abort(), offered));
  }

  const project = projectFolder(import.meta.dirname);
  const programs = {
    folder: join(folder, 'images'),
    node: process.execPath,
    programs: join(project, 'dist'),
  };
  const images = createImageTable([...builtInImages(programs), ...(options.images ?? [])]);
  const refusal = await refused;
  if (refusal !== undefined) throw new Error(refusal);
  if (options.node !== false) {
    const started = await startNodes({
      client: clientOf('kubelet'),
      clock,
      addresses,
      images,
      log,
      nodes: options.nodes ?? [{ name: NODE_NAME }],
      backOff: options.backOff,
      simulated: options.node === 'simulated' ? (options.containers ?? []) : undefined,
      processes: {
        folder,
        visible: [project, programs.folder],
        apiServer: { host, port: front.port },
        path: DEFAULT_PATH,
        hostPath: path,
        outlives: persist,
        rotateLogsAt: options.rotateLogsAt,
      },
    });
    onStop(() => started.stop({ keep: persist }));
    server.setNodeAgent(started.agent);
    nodes = started;
  }

  state.keepIdentity({
    ...identity,
    apiPort: front.port,
    objectStorePort: store?.port ?? identity.objectStorePort,
  });
  const kubeconfig = join(folder, 'kubeconfig');
  const kubeconfigText = formatKubeconfig({ url: front.url, certificateAuthority: certificate, token });
  writeFileSync(kubeconfig, kubeconfigText, { mode: 0o600 });
  const addImage = (image: SandboxImage) => images.add(image);
  const { folder: imagesFolder } = programs;
  return {
    url: front.url,
    kubeconfig,
    kubeconfigText,
    client,
    s3,
    imagesFolder,
    addImage,
    faults,
    kubelets: nodes?.kubelets ?? new Map(),
    limitsMemory: nodes?.limitsMemory ?? false,
  };
}

/** @throws {Error} in one sentence */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`the sandbox can't write into ${folder}: ${String(error)}; choose another folder`, {
      cause: error,
    });
  }
}

/** Of services and pods that are there from before. */
function addressesIn(state: StoredState | undefined): string[] {
  const objects = ['services', 'pods'].flatMap((storage) => state?.objects.get(storage) ?? []);
  return objects.flatMap((object) => {
    const addresses = [valueAt(object, 'spec', 'clusterIP'), valueAt(object, 'status', 'podIP')];
    return addresses.filter((address) => typeof address === 'string');
  });
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
