import type { Clock } from '../../src/kubernetes/clock.ts';
import type { Container, ContainerStatus, Pod, PodStatus } from '../../src/pods/pod.ts';
import type { ContainerExit, RunningContainer } from '../../src/sandbox/kubelet/container-runtime.ts';
import {
  startSimulatedContainer,
  type SimulatedRun,
} from '../../src/sandbox/simulated-kubelet/simulated-container.ts';
import { createSimulatedLog, type SimulatedLog } from '../../src/sandbox/simulated-kubelet/simulated-log.ts';

/** What a container's command does. */
export interface Program extends SimulatedRun {
  /** Called when it has ended well. */
  done?: () => void;
}

/** The containers of one pod: the initial ones one after the other, then all others side by side. */
export interface SimulatedPod {
  /** Begins what is to begin next. */
  advance(): void;
  /** Containers whose processes run. */
  running(): string[];
  status(): PodStatus;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** The processes are gone, and nobody hears of it. */
  lose(): void;
  log(container: string): RotatingLog;
  rotateLogs(): void;
}

export interface SimulatedPodOptions {
  pod: Pod;
  clock: Clock;
  program(container: Container): Program;
  onStart(container: string): void;
  /** A container has ended; its pod may not have heard of it yet. */
  onExit(learn: () => void): void;
  failed(error: unknown): void;
}

interface NodeContainer {
  spec: Container;
  isInitial: boolean;
  log: RotatingLog;
  startedAt?: string;
  process?: RunningContainer | undefined;
  terminated?: { exitCode: number; reason: string; startedAt: string; finishedAt: string };
}

export function createSimulatedPod(options: SimulatedPodOptions): SimulatedPod {
  const { clock } = options;
  const { initContainers = [], containers: mainContainers } = options.pod.spec;
  const containerOf = (isInitial: boolean) => (spec: Container) => ({
    spec,
    isInitial,
    log: createRotatingLog(clock),
  });
  const containers: NodeContainer[] = [
    ...initContainers.map(containerOf(true)),
    ...mainContainers.map(containerOf(false)),
  ];
  const initial = containers.filter(({ isInitial }) => isInitial);
  const main = containers.filter(({ isInitial }) => !isInitial);
  const hasFailed = ({ terminated }: NodeContainer) => terminated !== undefined && terminated.exitCode !== 0;
  const hasEnded = () => initial.some(hasFailed) || main.every(({ terminated }) => terminated !== undefined);
  const phase = () => {
    if (!hasEnded()) return main.some(({ startedAt }) => startedAt !== undefined) ? 'Running' : 'Pending';
    return containers.some(hasFailed) ? 'Failed' : 'Succeeded';
  };

  const start = (container: NodeContainer) => {
    const { spec, log } = container;
    const program = options.program(spec);
    container.startedAt = timestamp(clock);
    options.onStart(spec.name);
    const process = startSimulatedContainer({
      run: program,
      container: { ...spec, image: spec.image ?? '' },
      clock,
      log,
      exec: () => Promise.reject(new Error('commands are run by the node')),
    });
    container.process = process;
    const learn = ({ exitCode }: ContainerExit) => {
      if (container.process === undefined) return;
      container.process = undefined;
      container.terminated = {
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        startedAt: container.startedAt ?? '',
        finishedAt: timestamp(clock),
      };
    };
    process.exited.then((exit) => {
      if (exit.exitCode === 0) program.done?.();
      options.onExit(() => learn(exit));
    }, options.failed);
  };

  return {
    advance() {
      if (hasEnded()) return;
      const before = initial.find(({ terminated }) => terminated === undefined);
      for (const container of before ? [before] : main)
        if (container.startedAt === undefined) start(container);
    },
    running: () => containers.flatMap(({ spec, process }) => (process ? [spec.name] : [])),
    status() {
      const isReady = phase() === 'Running' && main.every(({ process }) => process !== undefined);
      return {
        phase: phase(),
        conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
        ...(initial.length > 0 && { initContainerStatuses: initial.map(containerStatus) }),
        containerStatuses: main.map(containerStatus),
      };
    },
    kill(signal) {
      for (const { process } of containers) process?.kill(signal);
    },
    lose() {
      for (const container of containers) container.process = undefined;
    },
    log(name) {
      const found = containers.find(({ spec }) => spec.name === name);
      if (found === undefined) throw new Error(`the node knows no container ${name}`);
      return found.log;
    },
    rotateLogs() {
      for (const { log } of containers) log.rotate();
    },
  };
}

function containerStatus({ spec, startedAt, process, terminated }: NodeContainer): ContainerStatus {
  const state = terminated
    ? { terminated }
    : startedAt === undefined
      ? { waiting: { reason: 'PodInitializing' } }
      : { running: { startedAt } };
  const always = { image: spec.image ?? '', imageID: '', restartCount: 0, ready: process !== undefined };
  return { name: spec.name, ...always, state };
}

export interface RotatingLog extends SimulatedLog {
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
