import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isConflict, isNotFound } from '../../kubernetes/api-error.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { ContainerRunner, type RunnerOptions } from './container-runner.ts';
import { createEventRecorder, type EventRecorder } from './event-recorder.ts';
import { createHostNamesFile, type HostNamesFile } from './host-names-file.ts';
import type { NodeContext } from './node-context.ts';
import { type Container, type Pod, podIdentity, type PodIdentity, type PodStatus } from './pod.ts';
import { buildPodStatus, isInitialized } from './pod-status.ts';
import { prepareServiceAccount, SERVICE_ACCOUNT_FOLDER } from './service-account.ts';
import { CannotConfigure, storedDataOf } from './stored-data.ts';
import { prepareVolumes } from './volumes.ts';

/** One pod on the node, from its binding to its deletion. */
export class PodWorker {
  readonly identity: PodIdentity;
  readonly #node: NodeContext;
  readonly #pod: Pod;
  readonly #folder: string;
  readonly #address: string;
  readonly #startTime: string;
  readonly #stop = new AbortController();
  readonly #events: EventRecorder;
  readonly #initRunners: ContainerRunner[] = [];
  readonly #runners: ContainerRunner[] = [];
  #hosts: HostNamesFile | undefined;
  #prepared = false;
  #failure: { reason: string; message: string } | undefined;
  #status: PodStatus;
  #publishing: Promise<void> | undefined;
  #dirty = false;
  #gone = false;
  #work: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(pod: Pod, node: NodeContext) {
    this.identity = podIdentity(pod);
    this.#pod = pod;
    this.#node = node;
    this.#folder = join(node.folder, 'pods', this.identity.uid);
    this.#address = node.network.addresses.nextPodAddress();
    this.#startTime = this.#now();
    this.#status = pod.status ?? {};
    this.#events = createEventRecorder(pod, node, this.#stop.signal);
  }

  /** Runs the pod's containers to their end. Never rejects: what goes wrong stands in the status. */
  start(): void {
    this.#work = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        this.#fail('NodeError', error instanceof Error ? error.message : String(error));
    });
  }

  runner(container: string): ContainerRunner | undefined {
    return [...this.#initRunners, ...this.#runners].find((runner) => runner.container.name === container);
  }

  /** The pod's deletion was asked for: ends its containers, then lets the object go. */
  delete(graceSeconds: number): Promise<void> {
    this.#ending ??= this.#end(graceSeconds).catch((error: unknown) => {
      this.#node.log(`deleting pod ${this.identity.namespace}/${this.identity.name}: ${String(error)}`);
    });
    return this.#ending;
  }

  /** The object is gone, or the sandbox ends: ends everything at once, and removes what the pod had here. */
  async destroy(): Promise<void> {
    this.#gone = true;
    for (const runner of this.#all()) runner.killNow();
    this.#stop.abort();
    await this.#work;
    await Promise.all(this.#all().map((runner) => runner.terminate(0)));
    await this.#publishing;
    this.#hosts?.close();
    this.#node.network.addresses.release(this.#address);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #run(): Promise<void> {
    const { spec } = this.#pod;
    mkdirSync(this.#folder, { recursive: true });
    const options = await this.#prepare();
    // Runners made after the end was decided would not hear of it.
    if (!options || this.#ending || this.#stop.signal.aborted) return;
    this.#prepared = true;
    const inits = spec.initContainers ?? [];
    const always = this.#pod.spec.restartPolicy ?? 'Always';
    // An init container that has done its part is not run again, whatever the pod's policy.
    const initPolicy = always === 'Never' ? 'Never' : 'OnFailure';
    this.#initRunners.push(
      ...inits.map((container) => this.#runnerOf(container, initPolicy, options, 'PodInitializing')),
    );
    const waiting = inits.length > 0 ? 'PodInitializing' : 'ContainerCreating';
    this.#runners.push(
      ...spec.containers.map((container) => this.#runnerOf(container, always, options, waiting)),
    );
    this.#publish();
    void this.#enforceDeadline();
    const sidecars = await this.#initialize();
    if (!sidecars || this.#stop.signal.aborted) return;
    if (inits.length > 0) for (const runner of this.#runners) runner.setWaiting('ContainerCreating');
    await Promise.all(this.#runners.map((runner) => runner.run()));
    await Promise.all(sidecars.map((runner) => runner.terminate(this.#grace)));
    this.#publish();
  }

  /** Runs the init containers in order. Resolves with the sidecars among them, or with nothing when one failed. */
  async #initialize(): Promise<ContainerRunner[] | undefined> {
    const sidecars: ContainerRunner[] = [];
    for (const runner of this.#initRunners) {
      if (runner.container.restartPolicy === 'Always') {
        sidecars.push(runner);
        void runner.run();
        await runner.startedOnce;
      } else {
        await runner.run();
        if (!isInitialized(runner.container, runner.status)) return undefined;
      }
      this.#publish();
    }
    return sidecars;
  }

  /** Makes what the containers share; tries again while something that they refer to is missing. */
  async #prepare(): Promise<SharedOptions | undefined> {
    const { client, account, network } = this.#node;
    const { namespace, uid } = this.identity;
    const { signal } = this.#stop;
    const stored = storedDataOf(client, namespace, signal);
    const hostname = this.#pod.spec.hostname ?? this.identity.name.slice(0, 63);
    const serviceAccount = prepareServiceAccount(this.#pod, this.#node, signal);
    this.#showWaiting();
    for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      try {
        const volumes = await prepareVolumes({
          pod: this.#pod,
          client,
          stored,
          folder: this.#folder,
          address: this.#address,
          signal,
          nodeAddress: network.addresses.host,
          mayChown: account.uid === 0,
          token: serviceAccount.token,
        });
        const credentials = await serviceAccount.folder(this.#folder);
        this.#hosts = createHostNamesFile(join(this.#folder, 'hosts'), network, {
          pod: { namespace, hostname, subdomain: this.#pod.spec.subdomain, address: this.#address },
          aliases: this.#pod.spec.hostAliases ?? [],
        });
        const commonMounts = [{ source: this.#hosts.file, target: '/etc/hosts', readOnly: false }];
        if (credentials)
          commonMounts.push({ source: credentials, target: SERVICE_ACCOUNT_FOLDER, readOnly: true });
        return {
          node: this.#node,
          pod: this.#pod,
          folder: this.#folder,
          address: this.#address,
          hostname,
          volumes,
          commonMounts,
          stored,
        };
      } catch (error) {
        if (signal.aborted) return undefined;
        const reason =
          error instanceof CannotConfigure || isNotFound(error) ? 'FailedMount' : 'FailedCreatePodSandBox';
        this.#events.record(
          'Warning',
          reason,
          error instanceof Error ? error.message : `pod ${uid}: ${String(error)}`,
        );
        await this.#node.clock.sleep(wait, signal).catch(() => undefined); // aborted: the loop's condition ends it
      }
    }
    return undefined;
  }

  /** What the status says before there are runners. */
  #showWaiting(): void {
    const { spec } = this.#pod;
    const waiting = (spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
    const status = (container: Container, reason: string) => ({
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason } },
      lastState: {},
    });
    this.#status = this.#build(
      (spec.initContainers ?? []).map((container) => status(container, 'PodInitializing')),
      spec.containers.map((container) => status(container, waiting)),
    );
    this.#write();
  }

  #runnerOf(
    container: Container,
    restartPolicy: RunnerOptions['restartPolicy'],
    options: SharedOptions,
    waiting: string,
  ): ContainerRunner {
    const onChange = () => this.#publish();
    return new ContainerRunner(
      { ...options, container, restartPolicy, events: this.#events, onChange },
      waiting,
    );
  }

  async #enforceDeadline(): Promise<void> {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    try {
      await this.#node.clock.sleep(seconds * 1000, this.#stop.signal);
    } catch {
      return; // the pod went before
    }
    if (this.#status.phase === 'Succeeded' || this.#status.phase === 'Failed') return;
    this.#fail('DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
    await Promise.all(this.#all().map((runner) => runner.terminate(this.#grace)));
  }

  async #end(graceSeconds: number): Promise<void> {
    const sidecars = this.#initRunners;
    await Promise.all(this.#runners.map((runner) => runner.terminate(graceSeconds)));
    await Promise.all(sidecars.map((runner) => runner.terminate(graceSeconds)));
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
    if (!this.#prepared && !this.#failure) return;
    this.#status = this.#build(
      this.#initRunners.map(({ status }) => status),
      this.#runners.map(({ status }) => status),
    );
    this.#write();
  }

  #build(
    initContainers: PodStatus['initContainerStatuses'],
    containers: PodStatus['containerStatuses'],
  ): PodStatus {
    return buildPodStatus({
      pod: this.#pod,
      initContainers: initContainers ?? [],
      containers: containers ?? [],
      prepared: this.#prepared,
      address: this.#address,
      nodeAddress: this.#node.network.addresses.host,
      startTime: this.#startTime,
      now: this.#now(),
      before: this.#status.conditions ?? [],
      failure: this.#failure,
    });
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

  #now(): string {
    return this.#node.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }
}

type SharedOptions = Omit<RunnerOptions, 'container' | 'restartPolicy' | 'events' | 'onChange'>;
