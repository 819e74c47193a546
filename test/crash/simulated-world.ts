import { Readable } from 'node:stream';
import { ACTION_SETS, API_VERSION, BLUEPRINTS, type ActionSet } from '../../src/api/kanister/types.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { createApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import type { ContainerCommand } from '../../src/sandbox/apiserver/node-agent.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';
import type { StoredState } from '../../src/sandbox/apiserver/store.ts';
import type { EventQueue } from './event-queue.ts';
import { watchInvariants, type Effect, type Invariants } from './invariants.ts';
import { execProgram, podProgram } from './pod-programs.ts';
import { withRecording, type Recording } from './recorded-journals.ts';
import type { Scenario } from './scenario.ts';
import { seededRandom } from './seeded-random.ts';
import { createSimulatedDeployment } from './simulated-deployment.ts';
import { createSimulatedDetached } from './simulated-detached.ts';
import { createSimulatedNode, type SimulatedNode } from './simulated-node.ts';
import { createSimulatedVolumes } from './simulated-volumes.ts';
import { hasEnded, recordHistory, type StoredActionSet, type StoredHistory } from './stored-history.ts';
import { virtualClock } from './virtual-clock.ts';

/** The cluster of one run: API server, node, people; what processes do to it is counted here and nowhere else. */
export interface SimulatedWorld {
  transport: Transport;
  history: StoredHistory;
  invariants: Invariants;
  actionSets(): StoredActionSet[];
  /** Whether every ActionSet has come to its end. */
  isOver(): boolean;
  /** Whether a request would make something for a run that is over. */
  isForEndedRun(request: string): boolean;
  /** A person labels the object at a path. */
  edit(path: string): Promise<void>;
  /** What runs made for their own use, and is still there. */
  leftovers(): string[];
  close(): void;
}

export interface WorldOptions {
  scenario: Scenario;
  queue: EventQueue;
  base: StoredState;
  overlapping: boolean;
  /** Where a run goes on that another release began. */
  recording?: Recording | undefined;
  violation(text: string): void;
}

export async function createSimulatedWorld(options: WorldOptions): Promise<SimulatedWorld> {
  const { scenario, queue, recording, overlapping, violation } = options;
  const base = recording ? withRecording(options.base, recording) : options.base;
  const clock = virtualClock({ queue });
  const history = recordHistory(base);
  const server = createApiServer({
    clock,
    // Not of the seed: the same objects have the same UIDs in every run of a scenario.
    random: seededRandom('server', scenario.name).next,
    kept: { initial: base, changeLog: history.changeLog },
  });
  const transport = inProcessTransport(server);
  const client = createClient(transport, { clock });
  const happens = (effect: Effect) => invariants.happens(effect);
  const failed = (error: unknown) => queue.note(`the node could not: ${String(error)}`);
  const volumes = createSimulatedVolumes();
  const detached = createSimulatedDetached({
    clock,
    run: (work, how) => execProgram(work, { clock, happens, ...how }),
    failed,
  });
  const exec = async (pod: Pod, container: string, { command, stdout, signal }: ContainerCommand) => {
    // It goes on when nobody listens any more.
    const print = (text: string) => void (signal.aborted || stdout?.write(text));
    return { exitCode: await execProgram({ pod, container, command }, { clock, happens, print }) };
  };
  const node = createSimulatedNode({
    queue,
    clock,
    client,
    transport,
    acting: () => history.setWriter('node'),
    program: (pod, container) => podProgram(container, volumes.filesOf(pod, container)),
    exec: (pod, container, command) =>
      detached.exec(pod, container, command) ?? exec(pod, container, command),
    onStart: (work) => invariants.containerStarts(work),
    failed,
  });
  server.setNodeAgent(node.agent);
  const deploymentChanged = createSimulatedDeployment({
    history,
    queue,
    client,
    acting: () => history.setWriter('controller'),
    failed,
  });
  const invariants = watchInvariants({
    history,
    atWork: () => [...node.atWork(), ...detached.atWork()],
    overlapping,
    workMayBeginAgain: scenario.workMayBeginAgain ?? false,
    doneBefore: recording?.effects ?? [],
    canaries: scenario.canaries ?? [],
    violation,
  });
  history.onChange(({ storage, object, isGone, writer }) => {
    queue.note(`${writer} stores ${storage} ${object.metadata?.name}${isGone ? ' (gone)' : ''}`);
    deploymentChanged(storage);
    if (storage !== 'pods') return;
    node.seen(object as Pod, isGone);
    if (isGone) detached.podGone(object as Pod);
  });
  if (recording === undefined) await setUp(scenario, client);
  for (const pod of history.objects('pods')) node.seen(pod as Pod, false);
  letThingsHappen(scenario, { history, queue, client, node, violation });
  const actionSets = () => [...history.actionSets().values()];
  const isOwned = (uid = '') => history.actionSets().get(uid)?.isGone === false;

  return {
    transport: scenario.originalCrds ? transport : withoutCrds(transport),
    history,
    invariants,
    actionSets,
    isOver: () => actionSets().every(({ actionSet, isGone }) => isGone || hasEnded(actionSet)),
    isForEndedRun(request) {
      const uid = /^POST .*"cr\.kanister\.io\/run-uid":"([^"]+)"/.exec(request)?.[1];
      const owner = uid === undefined ? undefined : history.actionSets().get(uid);
      return owner?.isGone === true;
    },
    async edit(path) {
      const body = JSON.stringify({ metadata: { labels: { edited: String(Math.floor(queue.now())) } } });
      const headers = { 'content-type': 'application/merge-patch+json' };
      await transport.send({ method: 'PATCH', path, headers, body });
    },
    leftovers: () => [
      ...detached.left(),
      ...detached.atWork().map(({ pod, container }) => `a command in ${pod.metadata.name}/${container}`),
      ...['pods', 'configmaps', 'secrets', 'persistentvolumeclaims'].flatMap((storage) =>
        history
          .objects(storage)
          .filter(
            ({ metadata }) =>
              metadata?.annotations?.['cr.kanister.io/run-uid'] !== undefined ||
              // One that was written late goes with its ActionSet.
              (metadata?.labels?.['cr.kanister.io/journal-of'] !== undefined &&
                !isOwned(metadata.ownerReferences?.[0]?.uid)),
          )
          .map(({ metadata }) => `${storage} ${metadata?.name}`),
      ),
    ],
    close: () => server.stop(),
  };
}

/** As a role that may not read CRDs has it: reading them at every start would cost more than the whole run. */
function withoutCrds(transport: Transport): Transport {
  return {
    ...transport,
    send(request) {
      if (!request.path.includes('/customresourcedefinitions/')) return transport.send(request);
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 };
      const body = Readable.from([Buffer.from(JSON.stringify(status))], { objectMode: false });
      return Promise.resolve({ status: 403, headers: { 'content-type': 'application/json' }, body });
    },
  };
}

const APP_NAMESPACE = { kind: 'Namespace', name: 'app', namespace: 'app' };

async function setUp(scenario: Scenario, client: KubernetesClient): Promise<void> {
  for (const { type, object } of scenario.objects ?? []) await client.create(type, object);
  await client.create(BLUEPRINTS, {
    apiVersion: API_VERSION,
    kind: 'Blueprint',
    metadata: { name: 'bp', namespace: 'kanister' },
    actions: scenario.actions,
  } as KubernetesObject);
  for (const [index, actions] of scenario.actionSets.entries()) {
    await client.create(ACTION_SETS, {
      apiVersion: API_VERSION,
      kind: 'ActionSet',
      metadata: { name: `as-${index}`, namespace: 'kanister' },
      spec: {
        actions: actions.map((action) => ({
          name: 'run',
          object: APP_NAMESPACE,
          blueprint: 'bp',
          ...action,
        })),
        ...scenario.spec,
      },
    } as KubernetesObject);
  }
}

interface HappeningWorld {
  history: StoredHistory;
  queue: EventQueue;
  client: KubernetesClient;
  node: SimulatedNode;
  violation(text: string): void;
}

/** Each happens once, a moment after its condition was stored. */
function letThingsHappen({ happenings = [] }: Scenario, world: HappeningWorld): void {
  const { history, queue, client, node } = world;
  const waiting = new Set(happenings);
  history.onChange(({ storage, object, isGone }) => {
    if (storage !== 'actionsets.cr.kanister.io' || isGone) return;
    const actionSet = object as ActionSet;
    for (const happening of waiting) {
      if (!happening.when(actionSet)) continue;
      waiting.delete(happening);
      queue.after(happening.after ?? 5, () => {
        history.setWriter('user');
        happening
          .act({ client, node, actionSet })
          .catch((error: unknown) => world.violation(`what was to happen could not: ${String(error)}`));
      });
    }
  });
}
