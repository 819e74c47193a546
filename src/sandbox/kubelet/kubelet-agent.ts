import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { ContainerStreams, NodeAgent } from '../apiserver/node-agent.ts';
import type { ContainerNetwork } from './container-runtime.ts';
import type { ContainerRunner } from './container-runner.ts';
import { podIdentity } from './pod.ts';
import type { PodWorker } from './pod-worker.ts';

/** The serving side of a kubelet, over the pods that `find` knows. */
export function createNodeAgent(
  find: (pod: KubernetesObject) => PodWorker | undefined,
  network: ContainerNetwork,
): NodeAgent {
  const runnerOf = (pod: KubernetesObject, container: string): ContainerRunner => {
    const runner = find(pod)?.runner(container);
    if (runner) return runner;
    throw new Error(
      `container "${container}" in pod "${podIdentity(pod).name}" is not on this node any more`,
    );
  };
  const processOf = (pod: KubernetesObject, container: string) => {
    const { process } = runnerOf(pod, container);
    if (process) return process;
    throw new Error(`container not found ("${container}")`);
  };
  return {
    async log(pod, container, { previous, ...options }) {
      const log = runnerOf(pod, container).log(previous);
      if (log) return log.read(options);
      const { name } = podIdentity(pod);
      const which = previous ? 'previous terminated container' : 'container';
      throw new Error(`${which} "${container}" in pod "${name}" not found`);
    },
    async exec(pod, container, command) {
      return { exitCode: await processOf(pod, container).exec(command) };
    },
    async attach(pod, container, streams) {
      await attach(runnerOf(pod, container), streams);
    },
    connect(pod, port, signal) {
      const worker = find(pod);
      if (!worker) throw new Error(`pod not found ("${podIdentity(pod).name}")`);
      return network.connect(worker.address, port, signal);
    },
  };
}

/** Both outputs of a container go to one log, so an attached client gets them as one. */
async function attach(runner: ContainerRunner, streams: ContainerStreams): Promise<void> {
  const process = runner.process;
  const log = runner.log(false);
  if (!process || !log) throw new Error(`container "${runner.container.name}" is not running`);
  const over = new AbortController();
  const signal = AbortSignal.any([streams.signal, over.signal]);
  const { stdin, stdout, stderr, resize } = streams;
  const output = stdout ?? stderr ?? new PassThrough().resume();
  if (stdin) void process.feed(stdin, signal);
  const sizes = async () => {
    for await (const size of resize ?? []) if (!signal.aborted) await process.resize(size);
  };
  sizes().catch(() => undefined); // the terminal keeps the size it has
  try {
    const options = { follow: true, timestamps: false, tailLines: 0, signal };
    await pipeline(log.read(options), output, { signal: streams.signal });
    await Promise.race([process.exited, aborted(streams.signal)]);
  } catch (error) {
    if (!streams.signal.aborted) throw error;
  } finally {
    over.abort();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
