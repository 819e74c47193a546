import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { NodeAgent } from '../../src/sandbox/apiserver/node-agent.ts';
import type { RunningContainer } from '../../src/sandbox/kubelet/container-runtime.ts';
import {
  startSimulatedContainer,
  type SimulatedRun,
} from '../../src/sandbox/simulated-kubelet/simulated-container.ts';
import { createSimulatedLog, type SimulatedLog } from '../../src/sandbox/simulated-kubelet/simulated-log.ts';
import type { EventQueue } from './event-queue.ts';

/** A container of a pod with processes in it, which may outlive the pod's object. */
export interface Work {
  pod: Pod;
  startedAt: number;
}

export interface SimulatedNode {
  agent: NodeAgent;
  /** The pod's object changed, or is gone. */
  seen(pod: Pod, isGone: boolean): void;
  /** All that runs now. */
  atWork(): Work[];
  /** The node loses the pod and all that ran in it. */
  lose(pod: Pod): Promise<void>;
  /** Throws away what was logged so far, and goes on in a new file, as the kubelet does with large ones. */
  rotateLog(pod: Pod): void;
}

export interface NodeOptions {
  queue: EventQueue;
  clock: Clock;
  client: KubernetesClient;
  transport: Transport;
  /** Whatever the node does from here on is its own. */
  acting(): void;
  /** What a pod's command does. */
  program(pod: Pod): SimulatedRun;
  /** What a command in a running container does: at once, or after a while. */
  exec(pod: Pod, command: string[]): Promise<{ stdout: string; exitCode: number }>;
  onStart(work: Work): void;
  failed(error: unknown): void;
}

interface NodePod {
  pod: Pod;
  work: Work | undefined;
  container: RunningContainer | undefined;
  log: RotatingLog;
  isLeaving: boolean;
}

/** Milliseconds. */
const START = 800;
const TERMINATE = 2_000;
/** What is removed by force has no grace any more, but its processes are not gone with its object. */
const LINGER = 4_000;

/** The kubelet of the only node: it binds pods to itself, runs their one container, and removes them. */
export function createSimulatedNode(options: NodeOptions): SimulatedNode {
  const { queue, clock } = options;
  const pods = new Map<string, NodePod>();
  const lingering = new Set<NodePod>();

  /** Something that the node does of its own accord after a while. */
  const later = (delay: number, act: () => Promise<void>) => {
    queue.after(delay, () => {
      options.acting();
      act().catch(options.failed);
    });
  };

  const start = async (own: NodePod) => {
    if (own.isLeaving) return;
    const { name = '', namespace = '' } = own.pod.metadata;
    // One that was recorded is bound already.
    const isBound = own.pod.spec.nodeName !== undefined;
    const bind = () =>
      options.transport.send({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'v1', kind: 'Binding', target: { name: 'node' } }),
      });
    if (!isBound) await bind();
    const [container] = own.pod.spec.containers;
    if (container === undefined) throw new Error(`pod ${name} has no container`);
    own.work = { pod: own.pod, startedAt: queue.now() };
    options.onStart(own.work);
    await setStatus(own, 'Running', { running: { startedAt: timestamp(clock) } });
    own.container = startSimulatedContainer({
      run: options.program(own.pod),
      container: { ...container, image: container.image ?? '' },
      clock,
      log: own.log,
      exec: (command) => options.exec(own.pod, command),
    });
    own.container.exited.then(({ exitCode }) => later(20, () => end(own, exitCode)), options.failed);
  };

  const end = async (own: NodePod, exitCode: number) => {
    own.work = undefined;
    if (!pods.has(own.pod.metadata.uid ?? '')) return;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: timestamp(clock),
      finishedAt: timestamp(clock),
    };
    await setStatus(own, exitCode === 0 ? 'Succeeded' : 'Failed', { running: null, terminated });
    if (own.isLeaving) await remove(own);
  };

  const remove = async ({ pod }: NodePod) => {
    const { name = '', namespace = '', uid = '' } = pod.metadata;
    if (!pods.has(uid)) return;
    await options.client.delete(PODS, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } });
  };

  const setStatus = async ({ pod }: NodePod, phase: string, state: object) => {
    const { name = '', namespace = '' } = pod.metadata;
    const containerStatuses = pod.spec.containers.map((container) => ({
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      restartCount: 0,
      ready: phase === 'Running',
      state,
    }));
    const conditions = [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }];
    const body = { status: { phase, conditions, containerStatuses } };
    await options.client.patch(PODS, { name, namespace }, { type: 'merge', body }, { subresource: 'status' });
  };

  const known = (pod: object): NodePod => {
    const uid = 'metadata' in pod ? ((pod as Pod).metadata.uid ?? '') : '';
    const own = pods.get(uid);
    if (own === undefined) throw new Error('the node does not know this pod');
    return own;
  };

  return {
    atWork: () => [...pods.values(), ...lingering].flatMap(({ work }) => (work ? [work] : [])),
    seen(pod, isGone) {
      const uid = pod.metadata.uid ?? '';
      const own = pods.get(uid);
      if (isGone) {
        if (own === undefined) return;
        pods.delete(uid);
        if (own.work === undefined) return;
        lingering.add(own);
        queue.after(LINGER, () => {
          own.container?.kill('SIGKILL');
          lingering.delete(own);
        });
        return;
      }
      if (own === undefined) {
        const fresh: NodePod = {
          pod,
          work: undefined,
          container: undefined,
          log: createRotatingLog(clock),
          isLeaving: false,
        };
        pods.set(uid, fresh);
        if (((pod.spec as { schedulingGates?: object[] }).schedulingGates ?? []).length === 0)
          later(START, () => start(fresh));
        return;
      }
      own.pod = pod;
      if (pod.metadata.deletionTimestamp === undefined || own.isLeaving) return;
      own.isLeaving = true;
      later(TERMINATE, async () => {
        if (own.container === undefined || own.work === undefined) await remove(own);
        else own.container.kill('SIGTERM');
      });
      queue.after((pod.metadata.deletionGracePeriodSeconds ?? 0) * 1_000 + TERMINATE, () =>
        own.container?.kill('SIGKILL'),
      );
    },
    async lose(pod) {
      const own = known(pod);
      own.work = undefined;
      options.acting();
      await remove(own);
    },
    rotateLog(pod) {
      known(pod).log.rotate();
    },
    agent: {
      log: async (pod, _container, asked) => known(pod).log.read(asked),
      exec: async (pod, _container, { command, stdout, stdin }) => {
        stdin?.resume();
        const { stdout: text, exitCode } = await options.exec(known(pod).pod, command);
        stdout?.write(text);
        return { exitCode };
      },
      attach: () => Promise.reject(new Error('these containers can not be attached to')),
      connect: () => Promise.reject(new Error('these containers listen on no port')),
    },
  };
}

interface RotatingLog extends SimulatedLog {
  rotate(): void;
}

/** Of its files only the current one is read; who follows the one before comes to its end. */
function createRotatingLog(clock: Clock): RotatingLog {
  let current = createSimulatedLog(clock);
  return {
    write: (text) => current.write(text),
    finish: () => current.finish(),
    tail: (lines, bytes) => current.tail(lines, bytes),
    read: (asked) => current.read(asked),
    rotate() {
      const old = current;
      current = createSimulatedLog(clock);
      old.finish();
    },
  };
}

function timestamp(clock: Clock): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
