import { Readable } from 'node:stream';
import pino from 'pino';
import type { ActionSpec, ResolvedProfile } from '../../src/api/kanister/types.ts';
import type { FunctionContext, Intent, Workload } from '../../src/engine/function.ts';
import type { PodDoors } from '../../src/engine/pod-doors.ts';
import type { PhaseJournal } from '../../src/engine/journal.ts';
import { addIntents, createSteps } from '../../src/engine/steps.ts';
import type { Json } from '../../src/kubernetes/objects.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { NAMESPACES, PODS, SERVICE_ACCOUNTS } from '../../src/kubernetes/resources.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import type { Pod, PodStatus } from '../../src/pods/pod.ts';
import { createApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';
import { acceleratedClock } from './accelerated-clock.ts';
import { createTestNode, type TestNode } from './node.ts';

export interface TestCluster {
  client: KubernetesClient;
  node: TestNode;
  /** What a role without `watch` sees. */
  forbid: Set<'watch' | 'log'>;
  /** Requests as `POST /api/v1/…`. */
  requests: string[];
  /** Waits for a pod, and binds it to the node. */
  bind(): Promise<Pod>;
  setStatus(pod: Pod, status: PodStatus): Promise<void>;
  /** The pod runs, or has ended with the exit code. */
  run(pod: Pod): Promise<void>;
  end(pod: Pod, exitCode: number, message?: string): Promise<void>;
  stop(): Promise<void>;
}

/** The sandbox's API server with the namespaces `kanister` and `app`; the test itself is scheduler and kubelet. */
export async function createTestCluster(): Promise<TestCluster> {
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const node = createTestNode();
  const server = createApiServer({ clock: systemClock, random, nodeAgent: node });
  const direct = inProcessTransport(server);
  const forbid: TestCluster['forbid'] = new Set();
  const requests: string[] = [];
  const client = createClient(asRole(direct, forbid, requests), { clock: systemClock });
  const kubelet = createClient(direct, { clock: systemClock });
  for (const name of ['kanister', 'app']) {
    await kubelet.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const account = { name: 'kanister-operator', namespace: 'kanister' };
  await kubelet.create(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  const setStatus = async ({ metadata }: Pod, status: PodStatus) => {
    const { name = '', namespace = '' } = metadata;
    await kubelet.patch(
      PODS,
      { name, namespace },
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    );
  };
  const state = (pod: Pod, phase: string, main: object) =>
    setStatus(pod, {
      phase,
      containerStatuses: pod.spec.containers.map(({ name }) => ({ name, state: main })),
    });

  return {
    client,
    node,
    forbid,
    requests,
    setStatus,
    async bind() {
      for (;;) {
        const { items } = await kubelet.list<Pod>(PODS);
        const pod = items.find(({ spec }) => spec.nodeName === undefined);
        if (pod) {
          const { name = '', namespace = '' } = pod.metadata;
          const body = JSON.stringify({ apiVersion: 'v1', kind: 'Binding', target: { name: 'node-1' } });
          await direct.send({
            method: 'POST',
            path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`,
            headers: { 'content-type': 'application/json' },
            body,
          });
          return kubelet.get<Pod>(PODS, { name, namespace });
        }
        await systemClock.sleep(5);
      }
    },
    run: (pod) => state(pod, 'Running', { running: {} }),
    end: (pod, exitCode, message) =>
      state(pod, exitCode === 0 ? 'Succeeded' : 'Failed', {
        running: null,
        terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', ...(message && { message }) },
      }),
    async stop() {
      await direct.close();
      server.stop();
    },
  };
}

/** Counts requests, and refuses what a smaller role has no right to, in the API server's words. */
function asRole(direct: Transport, forbid: TestCluster['forbid'], requests: string[]): Transport {
  return {
    ...direct,
    async send(request) {
      requests.push(`${request.method} ${request.path}`);
      const isWatch = request.query?.some(([name, value]) => name === 'watch' && value !== 'false') ?? false;
      if ((isWatch && forbid.has('watch')) || (request.path.endsWith('/log') && forbid.has('log'))) {
        const verb = isWatch ? 'watch' : 'get';
        const message = `pods is forbidden: User "kanister" cannot ${verb} resource "pods" in API group ""`;
        const status = {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          reason: 'Forbidden',
          code: 403,
          message,
        };
        return {
          status: 403,
          headers: { 'content-type': 'application/json' },
          body: Readable.from([Buffer.from(JSON.stringify(status))], { objectMode: false }),
        };
      }
      return direct.send(request);
    },
  };
}

export interface PhaseOptions {
  client: KubernetesClient;
  clock?: Clock;
  action?: Partial<ActionSpec>;
  labels?: Record<string, string>;
  subject?: Workload;
  profile?: ResolvedProfile;
  podReadyTimeout?: number;
  podDoors?: PodDoors;
  /** Phases of one name derive the same names for what they create. */
  name?: string;
  /** Of the phase among those of its action; 0 when absent. */
  place?: number;
  /** The journal that an earlier process left. */
  journal?: PhaseJournal;
  intents?: Intent[];
  render?: FunctionContext['render'];
}

export interface TestPhase {
  context: FunctionContext;
  /** As it was stored last: what a successor would find. */
  stored(): PhaseJournal;
  podOutput: string[];
  warnings: string[];
  /** What is to be undone should the action fail. */
  undo: Json[];
  /** The phase is to end. */
  abort: AbortController;
}

/** A phase on the engine's own journal; its storage is this process. */
export function createPhase(options: PhaseOptions): TestPhase {
  const { client, clock = acceleratedClock(20) } = options;
  const abort = new AbortController();
  const owner = { namespace: 'kanister', name: 'as', uid: 'a7c8b1de-0000-4000-8000-000000000001' };
  const identity = {
    owner,
    action: '0/backup',
    phase: options.name ?? 'p1',
    attempt: 1,
  };
  const journal: PhaseJournal = structuredClone(options.journal) ?? {
    name: 'p1',
    index: 0,
    attempt: 1,
    startedAt: '2026-11-21T09:00:00.000Z',
    function: '',
    revision: 1,
    steps: {},
    intents: [],
    created: [],
    checkpoints: {},
  };
  if (!options.journal) addIntents(journal, options.intents ?? [], identity);
  let stored = structuredClone(journal);
  const commit = async () => {
    stored = structuredClone(journal);
  };
  const podOutput: string[] = [];
  const warnings: string[] = [];
  const undo: Json[] = [];
  const action: ActionSpec = {
    name: 'backup',
    object: { kind: 'Namespace', name: 'app' },
    ...options.action,
  };
  const resumed = options.journal !== undefined;
  const context: FunctionContext = {
    action,
    owner: { kind: 'ActionSet', ...owner, labels: options.labels ?? {} },
    phase: options.name ?? 'p1',
    identity: [owner.uid, identity.action, options.place ?? 0, identity.phase].join('/'),
    subject: options.subject,
    profile: options.profile,
    settings: {
      namespace: 'kanister',
      serviceAccount: 'kanister-operator',
      toolsImage: 'tools:1',
      podReadyTimeout: options.podReadyTimeout ?? 900_000,
      secureDefaultsForJobPods: false,
      ...(options.podDoors && { podDoors: options.podDoors }),
    },
    kubernetes: client,
    clock,
    signal: abort.signal,
    log: pino({ level: 'silent' }),
    ...createSteps({
      journal,
      client,
      gate: { open: () => true },
      clock,
      identity,
      resumed,
      mayRepeat: false,
      onStep: () => undefined,
      onStale: ({ name }) => warnings.push(`InputsChanged: ${name}`),
      signal: abort.signal,
      commit,
    }),
    podOutput: (_pod, container, line) => podOutput.push(`${container}: ${line}`),
    render: options.render ?? ((template) => template),
    undoOnFailure: async (data) => {
      undo.push(data);
    },
    warn: (reason, message) => warnings.push(`${reason}: ${message}`),
    progress: () => undefined,
    idle: (wait) => wait(),
  };
  return { context, stored: () => stored, podOutput, warnings, undo, abort };
}
