import { Duplex } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import { imageName } from '../images/image-table.ts';
import type { ContainerRuntime, RuntimePod } from '../kubelet/container-runtime.ts';
import type { Container, Pod } from '../kubelet/pod.ts';
import {
  type SimulatedExec,
  type SimulatedProcessOptions,
  type SimulatedRun,
  startSimulatedContainer,
} from './simulated-container.ts';
import { createSimulatedLog } from './simulated-log.ts';

/** Which containers a script is for, and what they do. The first that fits counts. */
export interface SimulatedContainer {
  /** Conditions that must all hold; without any the script is for every container. */
  match?: {
    /** Last path segment of the image, without tag: `kanister-tools`. */
    image?: string;
    /** The container's name. */
    container?: string;
    /** The pod's name, or a pattern for generated ones. */
    pod?: string | RegExp;
    namespace?: string;
    /** Found in the words of command and args, joined by spaces. */
    command?: string | RegExp;
  };
  /** What it does; a function is told which restart it is (0: the first run). */
  run?: SimulatedRun | ((container: SimulatedSubject) => SimulatedRun);
  /** Commands that are run in it. The first whose pattern fits; without one an exec fails as an unknown program does. */
  exec?: SimulatedCommand[];
}

export interface SimulatedSubject {
  pod: Pod;
  container: Container;
  attempt: number;
}

export interface SimulatedCommand {
  /** Found in the command's words, joined by spaces; every command when absent. */
  command?: string | RegExp;
  answer: SimulatedExec | ((command: string[], stdin: string) => SimulatedExec | Promise<SimulatedExec>);
}

/**
 * Containers that only do what a script says, on the given clock: pods become ready, print, end and answer execs without
 * any process. A container that no script is for runs until it is ended.
 */
export function createSimulatedRuntime(options: {
  clock: Clock;
  containers: SimulatedContainer[];
}): ContainerRuntime {
  return {
    network: {
      // Whatever a script is about, it listens; nothing is said.
      connect: async () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }),
      request: async () => 200,
    },
    openPod: ({ pod }) => createSimulatedPod(pod, options.clock, options.containers),
  };
}

function createSimulatedPod(opened: Pod, clock: Clock, scripts: SimulatedContainer[]): RuntimePod {
  let pod = opened;
  return {
    prepare: () => Promise.resolve(),
    async create(container, _image, attempt) {
      const log = createSimulatedLog(clock);
      const script = scripts.find((candidate) => fits(candidate, pod, container)) ?? {};
      const run =
        typeof script.run === 'function'
          ? script.run({ pod, container, attempt })
          : (script.run ?? { exitCode: 'running' });
      const exec: SimulatedProcessOptions['exec'] = (command, stdin) => answer(script, command, stdin);
      const start = async () => startSimulatedContainer({ run, container, clock, log, exec });
      return { log, warnings: [], start };
    },
    recover: () => undefined,
    update: (changed) => void (pod = changed),
    close: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
}

function fits({ match = {} }: SimulatedContainer, pod: Pod, container: Container): boolean {
  const { name = '', namespace } = pod.metadata ?? {};
  const words = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
  return (
    (match.image === undefined || match.image === imageName(container.image ?? '')) &&
    (match.container === undefined || match.container === container.name) &&
    (match.namespace === undefined || match.namespace === namespace) &&
    (match.pod === undefined ||
      (typeof match.pod === 'string' ? match.pod === name : match.pod.test(name))) &&
    (match.command === undefined || contains(words, match.command))
  );
}

const contains = (text: string, pattern: string | RegExp) =>
  typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);

async function answer(script: SimulatedContainer, command: string[], stdin: string): Promise<SimulatedExec> {
  const words = command.join(' ');
  const found = script.exec?.find(
    ({ command: pattern }) => pattern === undefined || contains(words, pattern),
  );
  if (found) return typeof found.answer === 'function' ? found.answer(command, stdin) : found.answer;
  throw new Error(
    `failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(command[0])}: executable file not found in $PATH`,
  );
}
