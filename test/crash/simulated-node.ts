import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import type { Container, Pod } from '../../src/pods/pod.ts';
import type { ContainerCommand, NodeAgent } from '../../src/sandbox/apiserver/node-agent.ts';
import type { EventQueue } from './event-queue.ts';
import { createSimulatedPod, type Program, type SimulatedPod } from './simulated-pod.ts';

/** Processes in a container, which may outlive the pod's object, or who began them. */
export interface Work {
  pod: Pod;
  container: string;
  /** UID of the ActionSet for which it is done, if it is for one. */
  run: string | undefined;
}

export interface SimulatedNode {
  agent: NodeAgent;
  /** The pod's object changed, or is gone. */
  seen(pod: Pod, isGone: boolean): void;
  /** All containers that run now. */
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
  /** What a container's command does. */
  program(pod: Pod, container: Container): Program;
  /** What a command in a running container does: at once, or after a while. */
  exec(pod: Pod, container: string, command: ContainerCommand): Promise<{ exitCode: number }>;
  onStart(work: Work): void;
  failed(error: unknown): void;
}

interface NodePod {
  pod: Pod;
  containers: SimulatedPod;
  isLeaving: boolean;
}

/** Of what a run makes for itself. */
export const RUN_UID = 'cr.kanister.io/run-uid';

/** Milliseconds. */
const START = 800;
const EXIT = 20;
const TERMINATE = 2_000;
/** What is removed by force has no grace any more, but its processes are not gone with its object. */
const LINGER = 4_000;

/** The kubelet of the only node: it binds pods to itself, runs their containers, and removes them. */
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

  const adopt = (pod: Pod): NodePod => {
    const own: NodePod = {
      pod,
      isLeaving: false,
      containers: createSimulatedPod({
        pod,
        clock,
        program: (container) => options.program(own.pod, container),
        onStart: (container) => options.onStart(workOf(own.pod, container)),
        onExit: (learn) => later(EXIT, () => goOn(own, learn)),
        failed: options.failed,
      }),
    };
    return own;
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
    own.containers.advance();
    await setStatus(own);
  };

  /** After a container has ended. */
  const goOn = async (own: NodePod, learn: () => void) => {
    learn();
    if (!pods.has(own.pod.metadata.uid ?? '')) return;
    if (!own.isLeaving) own.containers.advance();
    await setStatus(own);
    if (own.isLeaving && own.containers.running().length === 0) await remove(own);
  };

  const remove = async ({ pod }: NodePod) => {
    const { name = '', namespace = '', uid = '' } = pod.metadata;
    if (!pods.has(uid)) return;
    await options.client.delete(PODS, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } });
  };

  const setStatus = async ({ pod, containers }: NodePod) => {
    const { name = '', namespace = '' } = pod.metadata;
    const body = { status: containers.status() };
    await options.client.patch(PODS, { name, namespace }, { type: 'merge', body }, { subresource: 'status' });
  };

  const known = (pod: object): NodePod => {
    const uid = 'metadata' in pod ? ((pod as Pod).metadata.uid ?? '') : '';
    const own = pods.get(uid);
    if (own === undefined) throw new Error('the node does not know this pod');
    return own;
  };

  return {
    atWork: () =>
      [...pods.values(), ...lingering].flatMap(({ pod, containers }) =>
        containers.running().map((container) => workOf(pod, container)),
      ),
    seen(pod, isGone) {
      const uid = pod.metadata.uid ?? '';
      const own = pods.get(uid);
      if (isGone) {
        if (own === undefined) return;
        pods.delete(uid);
        if (own.containers.running().length === 0) return;
        lingering.add(own);
        queue.after(LINGER, () => {
          own.containers.kill('SIGKILL');
          lingering.delete(own);
        });
        return;
      }
      if (own === undefined) {
        const fresh = adopt(pod);
        pods.set(uid, fresh);
        if (((pod.spec as { schedulingGates?: object[] }).schedulingGates ?? []).length === 0)
          later(START, () => start(fresh));
        return;
      }
      own.pod = pod;
      if (pod.metadata.deletionTimestamp === undefined || own.isLeaving) return;
      own.isLeaving = true;
      later(TERMINATE, async () => {
        if (own.containers.running().length === 0) await remove(own);
        else own.containers.kill('SIGTERM');
      });
      queue.after((pod.metadata.deletionGracePeriodSeconds ?? 0) * 1_000 + TERMINATE, () =>
        own.containers.kill('SIGKILL'),
      );
    },
    async lose(pod) {
      const own = known(pod);
      own.containers.lose();
      options.acting();
      await remove(own);
    },
    rotateLog(pod) {
      known(pod).containers.rotateLogs();
    },
    agent: {
      log: async (pod, container, asked) => known(pod).containers.log(container).read(asked),
      exec: (pod, container, command) => {
        command.stdin?.resume();
        return options.exec(known(pod).pod, container, command);
      },
      attach: () => Promise.reject(new Error('these containers can not be attached to')),
      connect: () => Promise.reject(new Error('these containers listen on no port')),
    },
  };
}

function workOf(pod: Pod, container: string): Work {
  return { pod, container, run: pod.metadata.annotations?.[RUN_UID] };
}
