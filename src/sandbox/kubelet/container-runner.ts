import { formatDuration } from '../../gotemplate/duration.ts';
import type { SandboxImage } from '../images/image-table.ts';
import { awaitImage } from './await-image.ts';
import {
  CannotConfigure,
  type ContainerExit,
  ContainerStartFailed,
  type LogSource,
  type RecoveredContainer,
  type RunningContainer,
  type RuntimeContainer,
  type RuntimePod,
} from './container-runtime.ts';
import { containerID, containerStatus, unknownEnd } from './container-status.ts';
import { endContainer } from './end-container.ts';
import type { EventRecorder } from './event-recorder.ts';
import { refuseRoot } from './image-pull.ts';
import type { NodeContext } from './node-context.ts';
import {
  type Container,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  podIdentity,
  type TerminatedState,
} from './pod.ts';
import { rfc3339 } from './rfc3339.ts';
import { superviseContainer } from './supervise-container.ts';

export interface RunnerOptions {
  node: NodeContext;
  pod: Pod;
  runtimePod: RuntimePod;
  container: Container;
  isInit: boolean;
  /** The pod's IP. */
  address: string;
  restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** Why it waits at first. */
  waiting: string;
  /** What the API server knows of it from an earlier sandbox. */
  before: ContainerStatus | undefined;
  events: EventRecorder;
  onChange(): void;
}

/** One container of a pod, through all its restarts. */
export class ContainerRunner {
  readonly container: Container;
  readonly #options: RunnerOptions;
  readonly #stop = new AbortController();
  #recovered: RecoveredContainer | undefined;
  #state: ContainerState;
  #lastState: ContainerState;
  #restartCount = 0;
  #ready = false;
  #started = false;
  #process: RunningContainer | undefined;
  #log: LogSource | undefined;
  #previousLog: LogSource | undefined;
  #startedOnce = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  constructor(options: RunnerOptions) {
    this.container = options.container;
    this.#options = options;
    this.#state = { waiting: { reason: options.waiting } };
    this.#lastState = options.before?.lastState ?? {};
    this.#recovered = options.runtimePod.recover(options.container);
    if (this.#recovered) this.#takeOver(this.#recovered);
    else if (options.before?.containerID !== undefined) this.#mourn(options.before);
  }

  /** Runs the container until it needs no restart any more, or is told to end. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#loop()
      .catch((error: unknown) => {
        // The disk is full, or somebody has removed the pod's folder: what still runs can't be looked after.
        this.#process?.kill('SIGKILL');
        this.#process = undefined;
        this.#startFailed(error);
      })
      .finally(() => this.#startedOnce.resolve());
    return this.#running;
  }

  /** Resolves when the container has started (and its startup probe succeeded) for the first time, or never will. */
  get startedOnce(): Promise<void> {
    return this.#startedOnce.promise;
  }

  get status(): ContainerStatus {
    return containerStatus({
      container: this.container,
      isInit: this.#options.isInit,
      podUid: podIdentity(this.#options.pod).uid,
      restartCount: this.#restartCount,
      state: this.#state,
      lastState: this.#lastState,
      ready: this.#ready,
      started: this.#started,
    });
  }

  get process(): RunningContainer | undefined {
    return this.#state.running ? this.#process : undefined;
  }

  log(previous: boolean): LogSource | undefined {
    return previous ? this.#previousLog : this.#log;
  }

  /** Ends the container: preStop hook, SIGTERM, and SIGKILL when the grace period (seconds) is over. */
  async terminate(graceSeconds: number): Promise<void> {
    const process = this.process;
    this.#stop.abort();
    if (process) await this.#kill(process, graceSeconds, `Stopping container ${this.container.name}`);
    await this.#running;
  }

  /** Ends it at once, whatever it does. */
  killNow(): void {
    this.#stop.abort();
    this.#process?.kill('SIGKILL');
  }

  /** Looks after it no longer, and lets it run. */
  abandon(): void {
    this.#stop.abort();
  }

  /** A state that the node gives a container which it never ran. */
  setWaiting(reason: string, message?: string): void {
    if (this.#recovered) return;
    this.#change({ waiting: { reason, ...(message !== undefined && { message }) } });
  }

  #takeOver({ attempt, startedAt, log, previousLog, running, exit }: RecoveredContainer): void {
    this.#restartCount = attempt;
    this.#log = log;
    this.#previousLog = previousLog;
    if (running) {
      this.#process = running;
      this.#state = { running: { startedAt } };
      this.#started = this.container.startupProbe === undefined;
      this.#ready = this.#started && this.container.readinessProbe === undefined;
    } else if (exit) this.#state = { terminated: this.#terminated(exit, startedAt) };
    else this.#state = { terminated: unknownEnd(this.#containerID) };
  }

  /** The API server knows of a run of which the node has nothing. */
  #mourn(before: ContainerStatus): void {
    this.#restartCount = before.restartCount;
    this.#state = before.state.terminated
      ? { terminated: before.state.terminated }
      : { terminated: unknownEnd(before.containerID ?? this.#containerID) };
  }

  async #loop(): Promise<void> {
    let delay = 0;
    const { clock, backOff } = this.#options.node;
    let ended = this.#state.terminated;
    if (this.#recovered?.running)
      ended = await this.#resume(this.#recovered.running, this.#recovered.startedAt);
    this.#recovered = undefined;
    for (let isFirst = true; !this.#stop.signal.aborted; isFirst = false) {
      if (ended) {
        if (!this.#wantsRestart(ended)) return;
        if (delay > 0) {
          this.#showBackOff(ended, delay);
          if (!(await this.#sleep(delay))) return this.#change({ terminated: ended }, {});
        }
        delay = Math.min(delay === 0 ? backOff.first : delay * 2, backOff.longest);
        this.#lastState = { terminated: ended };
        this.#restartCount++;
      } else if (!isFirst) return;
      const began = clock.monotonic();
      ended = await this.#once();
      if (clock.monotonic() - began >= backOff.forgivenAfter) delay = 0;
    }
  }

  #wantsRestart({ exitCode }: TerminatedState): boolean {
    const policy = this.container.restartPolicy ?? this.#options.restartPolicy;
    return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
  }

  #showBackOff(ended: TerminatedState, delay: number): void {
    const { name, namespace, uid } = podIdentity(this.#options.pod);
    const where = `container=${this.container.name} pod=${name}_${namespace}(${uid})`;
    const duration = formatDuration(BigInt(Math.round(delay)) * 1_000_000n);
    const message = `back-off ${duration} restarting failed ${where}`;
    this.#change({ waiting: { reason: 'CrashLoopBackOff', message } }, { terminated: ended });
    const text = `Back-off restarting failed container ${this.container.name} in pod ${name}_${namespace}(${uid})`;
    this.#event('Warning', 'BackOff', text);
  }

  /** Starts the container once and waits for its end; `undefined` when it was stopped before it started. */
  async #once(): Promise<TerminatedState | undefined> {
    const made = await this.#make();
    if (!made) return undefined;
    let process: RunningContainer;
    try {
      process = await made.start();
    } catch (error) {
      return this.#startFailed(error);
    }
    const startedAt = this.#now();
    this.#event('Normal', 'Started', `Started container ${this.container.name}`);
    this.#begin(process, startedAt);
    return this.#watchOver(process, startedAt, true);
  }

  /** Goes on with a process that an earlier sandbox started. */
  #resume(process: RunningContainer, startedAt: string): Promise<TerminatedState> {
    this.#begin(process, startedAt);
    return this.#watchOver(process, startedAt, false);
  }

  #begin(process: RunningContainer, startedAt: string): void {
    this.#process = process;
    this.#started = this.container.startupProbe === undefined;
    this.#ready = this.#started && this.container.readinessProbe === undefined;
    this.#change({ running: { startedAt } });
    if (this.#started) this.#startedOnce.resolve();
    if (this.#stop.signal.aborted) process.kill('SIGKILL');
  }

  async #watchOver(process: RunningContainer, startedAt: string, isFresh: boolean): Promise<TerminatedState> {
    const over = new AbortController();
    this.#supervise(process, over.signal, isFresh);
    const exit = await process.exited;
    over.abort();
    this.#process = undefined;
    const ended = this.#terminated(exit, startedAt);
    this.#change({ terminated: ended });
    return ended;
  }

  #startFailed(error: unknown): TerminatedState {
    const message = error instanceof Error ? error.message : String(error);
    this.#event('Warning', 'Failed', `Error: ${message}`);
    const ended: TerminatedState = {
      exitCode: 128,
      reason: error instanceof ContainerStartFailed ? 'StartError' : 'ContainerCannotRun',
      message,
      containerID: this.#containerID,
      startedAt: rfc3339(new Date(0)),
      finishedAt: this.#now(),
    };
    this.#change({ terminated: ended });
    return ended;
  }

  /** Waits until the image and what the environment refers to are there. */
  async #make(): Promise<RuntimeContainer | undefined> {
    for (let wait = 1000; !this.#stop.signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      const image = await this.#pull();
      if (!image) return undefined;
      try {
        return await this.#create(image);
      } catch (error) {
        if (this.#stop.signal.aborted) return undefined;
        const message = error instanceof Error ? error.message : String(error);
        const reason =
          error instanceof CannotConfigure ? 'CreateContainerConfigError' : 'CreateContainerError';
        this.#change({ waiting: { reason, message } });
        this.#event('Warning', 'Failed', `Error: ${message}`);
        if (!(await this.#sleep(wait))) return undefined;
      }
    }
    return undefined;
  }

  #pull(): Promise<SandboxImage | undefined> {
    return awaitImage({
      node: this.#options.node,
      container: this.container,
      onWaiting: (reason, message) => this.#change({ waiting: { reason, message } }),
      event: (type, reason, message) => this.#event(type, reason, message),
      sleep: (milliseconds) => this.#sleep(milliseconds),
    });
  }

  async #create(image: SandboxImage): Promise<RuntimeContainer> {
    const { pod, runtimePod } = this.#options;
    const { name, namespace, uid } = podIdentity(pod);
    const [own, shared] = [this.container.securityContext ?? {}, pod.spec.securityContext ?? {}];
    const nonRoot = own.runAsNonRoot ?? shared.runAsNonRoot ?? false;
    const runsAs = own.runAsUser ?? shared.runAsUser ?? image.user;
    refuseRoot(runsAs, nonRoot, `${name}_${namespace}(${uid})`, this.container.name);
    const made = await runtimePod.create(this.container, image, this.#restartCount);
    for (const { reason, message } of made.warnings) this.#event('Warning', reason, message);
    this.#previousLog = this.#log;
    this.#log = made.log;
    this.#event('Normal', 'Created', `Created container: ${this.container.name}`);
    return made;
  }

  #supervise(process: RunningContainer, signal: AbortSignal, isFresh: boolean): void {
    const { node, address, onChange } = this.#options;
    const { clock } = node;
    superviseContainer({
      container: this.container,
      context: { process, container: this.container, address, network: node.runtime.network, clock, signal },
      postStartTimeout: isFresh ? this.#grace * 1000 : undefined,
      onStarted: () => {
        if (this.#started) return;
        this.#started = true;
        this.#ready = this.container.readinessProbe === undefined;
        this.#startedOnce.resolve();
        onChange();
      },
      onReady: (ready) => {
        if (this.#ready === ready) return;
        this.#ready = ready;
        onChange();
      },
      onUnwell: (message, grace) => {
        this.#kill(process, grace ?? this.#grace, message).catch((error: unknown) => node.log(String(error)));
      },
      warn: (reason, message) => this.#event('Warning', reason, message),
      log: (message) => node.log(message),
    });
  }

  async #kill(process: RunningContainer, graceSeconds: number, why: string): Promise<void> {
    const { node, address } = this.#options;
    this.#event('Normal', 'Killing', why);
    await endContainer({
      process,
      container: this.container,
      address,
      network: node.runtime.network,
      clock: node.clock,
      graceSeconds,
      warn: (reason, message) => this.#event('Warning', reason, message),
      log: (message) => node.log(message),
    });
  }

  #terminated({ exitCode, reason, message, finishedAt }: ContainerExit, startedAt: string): TerminatedState {
    return {
      exitCode,
      reason,
      ...(message && { message }),
      startedAt,
      finishedAt: finishedAt ? rfc3339(finishedAt) : this.#now(),
      containerID: this.#containerID,
    };
  }

  get #grace(): number {
    return this.#options.pod.spec.terminationGracePeriodSeconds ?? 30;
  }

  get #containerID(): string {
    return containerID(podIdentity(this.#options.pod).uid, this.container.name, this.#restartCount);
  }

  #change(state: ContainerState, lastState = this.#lastState): void {
    this.#state = state;
    this.#lastState = lastState;
    if (!state.running) {
      this.#ready = false;
      this.#started = false;
    }
    this.#options.onChange();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const list = this.#options.isInit ? 'initContainers' : 'containers';
    this.#options.events.record(type, reason, message, `spec.${list}{${this.container.name}}`);
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
