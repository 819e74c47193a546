import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SandboxImage } from '../images/image-table.ts';
import { ContainerLog } from './container-log.ts';
import { type ContainerProcess, ContainerStartFailed, startContainerProcess } from './container-process.ts';
import type { EventRecorder } from './event-recorder.ts';
import { runHandler } from './handler.ts';
import { recordProcess } from './leftover-processes.ts';
import type { NodeContext } from './node-context.ts';
import {
  type Container,
  type ContainerState,
  type ContainerStatus,
  podIdentity,
  type TerminatedState,
} from './pod.ts';
import { type ContainerParts, prepareContainer, removeLayers } from './prepare-container.ts';
import { readLast } from './read-last.ts';
import { CannotConfigure } from './stored-data.ts';
import { superviseContainer } from './supervise-container.ts';

export interface RunnerOptions extends ContainerParts {
  restartPolicy: 'Always' | 'OnFailure' | 'Never';
  events: EventRecorder;
  onChange(): void;
}

const FIRST_BACK_OFF = 10_000;
const LONGEST_BACK_OFF = 300_000;
/** A container that ran so long starts over with its back-off. */
const FORGIVEN_AFTER = 600_000;
const TERMINATION_MESSAGE_LIMIT = 4096;

/** One container of a pod, through all its restarts. */
export class ContainerRunner {
  readonly container: Container;
  readonly #options: RunnerOptions;
  readonly #stop = new AbortController();
  #state: ContainerState;
  #lastState: ContainerState = {};
  #restartCount = 0;
  #ready = false;
  #started = false;
  #process: ContainerProcess | undefined;
  #log: ContainerLog | undefined;
  #previousLog: ContainerLog | undefined;
  #startedOnce = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  constructor(options: RunnerOptions, waitingReason: string) {
    this.container = options.container;
    this.#options = options;
    this.#state = { waiting: { reason: waitingReason } };
  }

  /** Runs the container until it needs no restart any more, or is told to end. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#loop()
      .catch((error: unknown) => {
        // The disk is full, or somebody has removed the pod's folder: what still runs can't be looked after.
        this.#process?.kill('SIGKILL');
        this.#process = undefined;
        this.#ready = false;
        this.#started = false;
        this.#startFailed(error);
      })
      .finally(() => this.#startedOnce.resolve());
    return this.#running;
  }

  /** Resolves when the container has started for the first time, or never will. */
  get startedOnce(): Promise<void> {
    return this.#startedOnce.promise;
  }

  get status(): ContainerStatus {
    const { container } = this;
    const imageID = `sandbox.local/${container.image}@sha256:${digest(container.image ?? '')}`;
    const began = this.#state.running ?? this.#state.terminated ?? this.#lastState.terminated;
    return {
      name: container.name,
      image: container.image ?? '',
      imageID: began ? imageID : '',
      ...(began && { containerID: this.#containerID }),
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restartCount,
      state: this.#state,
      lastState: this.#lastState,
    };
  }

  get process(): ContainerProcess | undefined {
    return this.#state.running ? this.#process : undefined;
  }

  log(previous: boolean): ContainerLog | undefined {
    return previous ? this.#previousLog : this.#log;
  }

  /** Ends the container: preStop hook, SIGTERM, and SIGKILL when the grace period (seconds) is over. */
  async terminate(graceSeconds: number): Promise<void> {
    const process = this.process;
    this.#stop.abort();
    if (process) await this.#kill(process, graceSeconds);
    await this.#running;
  }

  /** Ends it at once, whatever it does. */
  killNow(): void {
    this.#stop.abort();
    this.#process?.kill('SIGKILL');
  }

  /** A state that the node gives a container which it never ran. */
  setWaiting(reason: string, message?: string): void {
    this.#change({ waiting: { reason, ...(message !== undefined && { message }) } });
  }

  async #loop(): Promise<void> {
    let delay = 0;
    while (!this.#stop.signal.aborted) {
      const began = this.#options.node.clock.monotonic();
      const ended = await this.#once();
      if (!ended || this.#stop.signal.aborted || !this.#wantsRestart(ended)) return;
      if (this.#options.node.clock.monotonic() - began >= FORGIVEN_AFTER) delay = 0;
      if (delay > 0) {
        this.#showBackOff(ended, delay);
        if (!(await this.#sleep(delay))) {
          this.#change({ terminated: ended }, {});
          return;
        }
      }
      delay = Math.min(delay === 0 ? FIRST_BACK_OFF : delay * 2, LONGEST_BACK_OFF);
      this.#lastState = { terminated: ended };
      this.#restartCount++;
    }
  }

  #wantsRestart({ exitCode }: TerminatedState): boolean {
    const policy = this.container.restartPolicy ?? this.#options.restartPolicy;
    return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
  }

  #showBackOff(ended: TerminatedState, delay: number): void {
    const { name, namespace, uid } = podIdentity(this.#options.pod);
    const where = `container=${this.container.name} pod=${name}_${namespace}(${uid})`;
    const message = `back-off ${delay / 1000}s restarting failed ${where}`;
    this.#change({ waiting: { reason: 'CrashLoopBackOff', message } }, { terminated: ended });
    const text = `Back-off restarting failed container ${this.container.name} in pod ${name}_${namespace}(${uid})`;
    this.#event('Warning', 'BackOff', text);
  }

  /** Starts the container once and waits for its end; `undefined` when it was stopped before it started. */
  async #once(): Promise<TerminatedState | undefined> {
    const prepared = await this.#prepare();
    if (!prepared) return undefined;
    const { image, folder } = prepared;
    let process: ContainerProcess;
    try {
      process = await prepared.start();
    } catch (error) {
      return this.#startFailed(error);
    }
    const startedAt = this.#now();
    this.#process = process;
    recordProcess(folder, process.pid);
    this.#started = this.container.startupProbe === undefined;
    this.#ready = this.#started && this.container.readinessProbe === undefined;
    this.#change({ running: { startedAt } });
    this.#event('Normal', 'Started', `Started container ${this.container.name}`);
    this.#startedOnce.resolve();
    if (this.#stop.signal.aborted) process.kill('SIGKILL');
    const over = new AbortController();
    this.#watchOver(process, over.signal);
    const exitCode = await process.exited;
    over.abort();
    this.#log?.finish();
    this.#process = undefined;
    const ended = this.#terminated(exitCode, startedAt, folder);
    this.#ready = false;
    this.#started = false;
    this.#change({ terminated: ended });
    await removeLayers(folder);
    this.#options.node.log(`container ${this.container.name} (${image.name}) ended with ${exitCode}`);
    return ended;
  }

  #startFailed(error: unknown): TerminatedState {
    const { clock } = this.#options.node;
    const message = error instanceof Error ? error.message : String(error);
    this.#log?.finish();
    this.#event('Warning', 'Failed', `Error: ${message}`);
    const reason = error instanceof ContainerStartFailed ? 'StartError' : 'ContainerCannotRun';
    const ended: TerminatedState = {
      exitCode: 128,
      reason,
      message,
      containerID: this.#containerID,
      startedAt: new Date(0).toISOString().replace('.000', ''),
      finishedAt: rfc3339(clock.now()),
    };
    this.#change({ terminated: ended });
    return ended;
  }

  /** Waits until the image and what the environment refers to are there. */
  async #prepare(): Promise<Prepared | undefined> {
    for (let wait = 1000; !this.#stop.signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      const image = await this.#pull();
      if (!image) return undefined;
      try {
        return await this.#configure(image);
      } catch (error) {
        if (this.#stop.signal.aborted) return undefined;
        const message = error instanceof Error ? error.message : String(error);
        const reason =
          error instanceof CannotConfigure ? 'CreateContainerConfigError' : 'CreateContainerError';
        this.setWaiting(reason, message);
        this.#event('Warning', 'Failed', `Error: ${message}`);
        if (!(await this.#sleep(wait))) return undefined;
      }
    }
    return undefined;
  }

  async #pull(): Promise<SandboxImage | undefined> {
    const reference = this.container.image ?? '';
    for (let wait = FIRST_BACK_OFF; ; wait = Math.min(wait * 2, LONGEST_BACK_OFF)) {
      const image = this.#options.node.images.find(reference);
      if (image) {
        this.#event('Normal', 'Pulled', `Container image "${reference}" already present on machine`);
        return image;
      }
      const message = `Failed to pull image "${reference}": the sandbox has no image of this name: add it to its image table`;
      this.setWaiting('ErrImagePull', message);
      this.#event('Warning', 'Failed', message);
      this.#event('Warning', 'Failed', 'Error: ErrImagePull');
      if (!(await this.#sleep(1000))) return undefined;
      this.setWaiting('ImagePullBackOff', `Back-off pulling image "${reference}"`);
      this.#event('Normal', 'BackOff', `Back-off pulling image "${reference}"`);
      this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
      if (!(await this.#sleepUntilImage(reference, wait))) return undefined;
    }
  }

  /** The table is local, so an image that was added is taken at once and not at the end of the back-off. */
  async #sleepUntilImage(reference: string, wait: number): Promise<boolean> {
    for (let waited = 0; waited < wait; waited += 250) {
      if (!(await this.#sleep(250))) return false;
      if (this.#options.node.images.find(reference)) return true;
    }
    return true;
  }

  async #configure(image: SandboxImage): Promise<Prepared> {
    const prepared = await prepareContainer(this.#options, image, this.#restartCount);
    if (prepared.skippedVariables.length > 0) {
      const text = `Keys [${prepared.skippedVariables.join(', ')}] were skipped since they are considered invalid environment variable names.`;
      this.#event('Warning', 'InvalidEnvironmentVariableNames', text);
    }
    this.#openLog(prepared.folder);
    this.#event('Normal', 'Created', `Created container: ${this.container.name}`);
    const { folder } = prepared;
    return { image, folder, start: () => startContainerProcess(prepared.process) };
  }

  #openLog(folder: string): void {
    this.#log?.finish();
    this.#previousLog = this.#log;
    this.#log = new ContainerLog(join(folder, 'log'), this.#options.node.clock);
  }

  #watchOver(process: ContainerProcess, signal: AbortSignal): void {
    const { node, address, pod, onChange } = this.#options;
    const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
    superviseContainer({
      container: this.container,
      context: { process, container: this.container, address, clock: node.clock, signal },
      postStartTimeout: grace * 1000,
      onStarted: () => {
        this.#started = true;
        this.#ready = this.container.readinessProbe === undefined;
        onChange();
      },
      onReady: (ready) => {
        if (this.#ready === ready) return;
        this.#ready = ready;
        onChange();
      },
      onUnwell: (why) => {
        this.#event('Normal', 'Killing', `Container ${this.container.name} ${why}, will be restarted`);
        void endProcess(process, grace, node.clock, signal);
      },
      warn: (reason, message) => this.#event('Warning', reason, message),
      log: (message) => node.log(message),
    });
  }

  async #kill(process: ContainerProcess, graceSeconds: number): Promise<void> {
    const { clock } = this.#options.node;
    this.#event('Normal', 'Killing', `Stopping container ${this.container.name}`);
    const deadline = clock.monotonic() + graceSeconds * 1000;
    const over = new AbortController();
    void process.exited.finally(() => over.abort());
    const { preStop } = this.container.lifecycle ?? {};
    if (preStop && graceSeconds > 0) {
      const context = { process, container: this.container, address: this.#options.address, clock };
      await runHandler(preStop, { ...context, timeout: graceSeconds * 1000, signal: over.signal }).catch(
        (error: unknown) => {
          if (!over.signal.aborted)
            this.#event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${String(error)}`);
        },
      );
    }
    await endProcess(process, Math.max(0, (deadline - clock.monotonic()) / 1000), clock, over.signal);
    await process.exited;
  }

  #terminated(exitCode: number, startedAt: string, folder: string): TerminatedState {
    const fromFile = readLast(join(folder, 'termination-log'), TERMINATION_MESSAGE_LIMIT);
    const fallBack = this.container.terminationMessagePolicy === 'FallbackToLogsOnError' && exitCode !== 0;
    const message = fromFile || (fallBack ? (this.#log?.tail(80, 2048) ?? '') : '');
    return {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      ...(message && { message }),
      startedAt,
      finishedAt: this.#now(),
      containerID: this.#containerID,
    };
  }

  get #containerID(): string {
    const { uid } = podIdentity(this.#options.pod);
    return `sandbox://${digest(`${uid}/${this.container.name}/${this.#restartCount}`)}`;
  }

  #change(state: ContainerState, lastState = this.#lastState): void {
    this.#state = state;
    this.#lastState = lastState;
    this.#options.onChange();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.record(type, reason, message, this.container.name);
  }

  /** False when the container is to end. */
  async #sleep(milliseconds: number): Promise<boolean> {
    await this.#options.node.clock.sleep(milliseconds, this.#stop.signal).catch(() => undefined);
    return !this.#stop.signal.aborted;
  }

  #now(): string {
    return rfc3339(this.#options.node.clock.now());
  }
}

interface Prepared {
  image: SandboxImage;
  folder: string;
  start(): Promise<ContainerProcess>;
}

async function endProcess(
  process: ContainerProcess,
  graceSeconds: number,
  clock: NodeContext['clock'],
  exited: AbortSignal,
): Promise<void> {
  if (graceSeconds > 0) {
    process.kill('SIGTERM');
    await clock.sleep(graceSeconds * 1000, exited).catch(() => undefined); // it ended in time
  }
  if (!exited.aborted) process.kill('SIGKILL');
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const rfc3339 = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');
