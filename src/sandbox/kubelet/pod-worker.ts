import { isConflict, isNotFound } from '../../kubernetes/api-error.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { ContainerRunner } from './container-runner.ts';
import { CannotConfigure, type RuntimePod } from './container-runtime.ts';
import { createEventRecorder, type EventRecorder } from './event-recorder.ts';
import type { NodeContext } from './node-context.ts';
import {
  type Condition,
  type Container,
  type Pod,
  podIdentity,
  type PodIdentity,
  type PodStatus,
} from './pod.ts';
import { buildPodStatus, isInitialized } from './pod-status.ts';
import { rfc3339 } from './rfc3339.ts';

/** Seconds that an evicted pod has to end. */
const EVICTION_GRACE = 1;

/** One pod on the node, from its binding to its deletion. */
export class PodWorker {
  readonly identity: PodIdentity;
  readonly #node: NodeContext;
  #pod: Pod;
  readonly #address: string;
  readonly #startTime: string;
  readonly #stop = new AbortController();
  readonly #events: EventRecorder;
  readonly #runtimePod: RuntimePod;
  readonly #initRunners: ContainerRunner[];
  readonly #runners: ContainerRunner[];
  #prepared = false;
  #stopped = false;
  #failure: { reason: string; message: string } | undefined;
  #status: PodStatus;
  #publishing: Promise<void> | undefined;
  #dirty = false;
  #gone = false;
  #work: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  /** A pod that an earlier sandbox of the folder has begun goes on with what is left of it. */
  constructor(pod: Pod, node: NodeContext) {
    this.identity = podIdentity(pod);
    this.#pod = pod;
    this.#node = node;
    const { podIP } = pod.status ?? {};
    if (podIP !== undefined) node.addresses.reserve(podIP);
    this.#address = podIP ?? node.addresses.nextPodAddress();
    this.#startTime = pod.status?.startTime ?? rfc3339(node.clock.now());
    this.#status = pod.status ?? {};
    this.#events = createEventRecorder(pod, node, this.#stop.signal);
    this.#runtimePod = node.runtime.openPod({
      pod,
      address: this.#address,
      signal: this.#stop.signal,
      evict: (message) =>
        void this.evict('Evicted', message, EVICTION_GRACE).catch((error: unknown) =>
          node.log(String(error)),
        ),
    });
    const isFinished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    this.#prepared = this.#stopped = isFinished;
    const { spec, status = {} } = pod;
    const inits = spec.initContainers ?? [];
    const policy = spec.restartPolicy ?? 'Always';
    const create = (container: Container, isInit: boolean): ContainerRunner =>
      new ContainerRunner({
        node,
        pod,
        runtimePod: this.#runtimePod,
        container,
        isInit,
        address: this.#address,
        // An init container that has done its part is not run again, whatever the pod's policy.
        restartPolicy: isInit && policy === 'Always' ? 'OnFailure' : policy,
        waiting: inits.length > 0 ? 'PodInitializing' : 'ContainerCreating',
        before: [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(
          ({ name }) => name === container.name,
        ),
        events: this.#events,
        onChange: () => this.#publish(),
      });
    this.#initRunners = inits.map((container) => create(container, true));
    this.#runners = spec.containers.map((container) => create(container, false));
  }

  /** Runs the pod's containers to their end. Never rejects: what goes wrong stands in the status. */
  start(): void {
    this.#work = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        this.#fail('NodeError', error instanceof Error ? error.message : String(error));
    });
  }

  get address(): string {
    return this.#address;
  }

  runner(container: string): ContainerRunner | undefined {
    return this.#all().find((runner) => runner.container.name === container);
  }

  /** Takes over a change of the object: labels, conditions of others, the deadline. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    this.#runtimePod.update(pod);
    if (pod.spec.activeDeadlineSeconds !== before.spec.activeDeadlineSeconds) void this.#enforceDeadline();
    const isChanged =
      pod.metadata?.generation !== before.metadata?.generation ||
      JSON.stringify(foreignConditions(pod)) !== JSON.stringify(foreignConditions(before));
    if (isChanged && this.#work) this.#publish();
  }

  /** The pod's deletion was asked for: ends its containers, then lets the object go. */
  delete(graceSeconds: number): Promise<void> {
    this.#ending ??= this.#end(graceSeconds).catch((error: unknown) => {
      this.#node.log(`deleting pod ${this.identity.namespace}/${this.identity.name}: ${String(error)}`);
    });
    return this.#ending;
  }

  /** The node ends the pod for good: it becomes `Failed`. */
  async evict(reason: string, message: string, graceSeconds: number): Promise<void> {
    if (this.#stopped) return;
    this.#events.record('Warning', reason, message);
    this.#failure = { reason, message };
    await Promise.all(this.#all().map((runner) => runner.terminate(graceSeconds)));
    this.#stopped = true;
    this.#publish();
  }

  /** The object is gone: ends everything at once, and removes what the pod had here. */
  async destroy(): Promise<void> {
    await this.#leave((runner) => runner.killNow());
    await Promise.all(this.#all().map((runner) => runner.terminate(0)));
    this.#node.addresses.release(this.#address);
    await this.#runtimePod.remove();
  }

  /** The sandbox ends: its processes are killed, what they leave stays for the next sandbox of the folder. */
  async shutDown(): Promise<void> {
    await this.#leave((runner) => runner.killNow());
    await Promise.all(this.#all().map((runner) => runner.terminate(0)));
    await this.#runtimePod.close();
  }

  async #leave(how: (runner: ContainerRunner) => void): Promise<void> {
    this.#gone = true;
    for (const runner of this.#all()) how(runner);
    this.#stop.abort();
    await this.#work;
    await this.#publishing;
  }

  async #run(): Promise<void> {
    this.#publish();
    if (!(await this.#prepare())) return;
    // Runners that begin after the end was decided would not hear of it.
    if (this.#ending || this.#stop.signal.aborted) return;
    this.#prepared = true;
    this.#publish();
    void this.#enforceDeadline();
    const sidecars = await this.#initialize();
    if (!sidecars) this.#stopped = true;
    if (sidecars && !this.#stop.signal.aborted) {
      await Promise.all(this.#runners.map((runner) => runner.run()));
      for (const sidecar of sidecars.toReversed()) await sidecar.terminate(this.#grace);
      this.#stopped = true;
    }
    this.#publish();
  }

  /** Runs the init containers in order. Resolves with the sidecars among them, or with nothing when one failed. */
  async #initialize(): Promise<ContainerRunner[] | undefined> {
    const sidecars: ContainerRunner[] = [];
    const hasBegun = this.#runners.some(({ status }) => status.containerID !== undefined);
    for (const runner of this.#initRunners) {
      const isSidecar = runner.container.restartPolicy === 'Always';
      if (isSidecar) {
        sidecars.push(runner);
        void runner.run();
        await runner.startedOnce;
      } else if (!hasBegun && !isInitialized(runner.container, runner.status)) {
        await runner.run();
        if (!isInitialized(runner.container, runner.status)) return undefined;
      }
    }
    return sidecars;
  }

  /** Makes what the containers share; tries again while something that they refer to is missing. */
  async #prepare(): Promise<boolean> {
    const { signal } = this.#stop;
    for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      try {
        await this.#runtimePod.prepare();
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const reason = error instanceof CannotConfigure ? 'FailedMount' : 'FailedCreatePodSandBox';
        this.#events.record('Warning', reason, error instanceof Error ? error.message : String(error));
        await this.#node.clock.sleep(wait, signal).catch(() => undefined); // aborted: the loop's condition ends it
      }
    }
    return false;
  }

  async #enforceDeadline(): Promise<void> {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const due = Date.parse(this.#startTime) + seconds * 1000;
    try {
      await this.#node.clock.sleep(Math.max(0, due - this.#node.clock.now().getTime()), this.#stop.signal);
    } catch {
      return; // the pod went before
    }
    if (this.#stopped || this.#failure || this.#pod.spec.activeDeadlineSeconds !== seconds) return;
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#events.record('Normal', 'DeadlineExceeded', message);
    this.#failure = { reason: 'DeadlineExceeded', message };
    this.#publish();
    await Promise.all(this.#all().map((runner) => runner.terminate(this.#grace)));
    this.#stopped = true;
    this.#publish();
  }

  async #end(graceSeconds: number): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.terminate(graceSeconds)));
    for (const sidecar of this.#initRunners.toReversed()) await sidecar.terminate(graceSeconds);
    this.#stopped = true;
    this.#publish();
    await this.#publishing;
    await this.#events.flush();
    if (this.#gone) return;
    const { name, namespace, uid } = this.identity;
    try {
      await this.#node.client.delete(
        PODS,
        { name, namespace },
        { gracePeriodSeconds: 0, preconditions: { uid } },
      );
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  #fail(reason: string, message: string): void {
    this.#failure = { reason, message };
    this.#events.record('Warning', reason, message);
    this.#publish();
  }

  #publish(): void {
    this.#status = buildPodStatus({
      pod: this.#pod,
      initContainers: this.#initRunners.map(({ status }) => status),
      containers: this.#runners.map(({ status }) => status),
      prepared: this.#prepared,
      stopped: this.#stopped,
      address: this.#address,
      nodeAddress: this.#node.addresses.host,
      startTime: this.#startTime,
      now: rfc3339(this.#node.clock.now()),
      before: [...foreignConditions(this.#pod), ...(this.#status.conditions ?? []).filter(isOwn)],
      failure: this.#failure,
    });
    this.#write();
  }

  /** Writes the newest status; states that change while a write is on its way go out together after it. */
  #write(): void {
    this.#dirty = true;
    this.#publishing ??= this.#writeLoop().finally(() => {
      this.#publishing = undefined;
    });
  }

  async #writeLoop(): Promise<void> {
    const { name, namespace, uid } = this.identity;
    for (let failures = 0; this.#dirty && !this.#gone;) {
      this.#dirty = false;
      try {
        const body = { metadata: { uid }, status: this.#status };
        await this.#node.client.patch(
          PODS,
          { name, namespace },
          { type: 'merge', body },
          { subresource: 'status' },
        );
      } catch (error) {
        if (this.#gone || isNotFound(error) || isConflict(error)) return; // another pod has the name by now
        if (++failures > 5) return this.#node.log(`status of pod ${namespace}/${name}: ${String(error)}`);
        this.#dirty = true;
        await this.#node.clock.sleep(200 * failures);
      }
    }
  }

  #all(): ContainerRunner[] {
    return [...this.#initRunners, ...this.#runners];
  }

  get #grace(): number {
    return this.#pod.spec.terminationGracePeriodSeconds ?? 30;
  }
}

const OWN = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
const isOwn = ({ type }: Condition) => OWN.includes(type);

/** Conditions that others set: a kubelet keeps them, and waits for some of them. */
const foreignConditions = ({ status }: Pod) =>
  (status?.conditions ?? []).filter((condition) => !isOwn(condition));
