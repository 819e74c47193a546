import type {
  ActionSet,
  ActionSetStatus,
  ActionSpec,
  BlueprintAction,
  BlueprintPhase,
} from '../../src/api/kanister/types.ts';
import { ACTION_SETS, API_VERSION } from '../../src/api/kanister/types.ts';
import { functions } from '../../src/functions/index.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS, PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { waitUntil } from '../demo/wait-until.ts';
import { IMAGES } from '../integration/images.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import type { OperatorBed, RunningOperator } from '../support/operator-bed.ts';
import { createWorkload } from './create-workload.ts';
import type { WorkloadOptions } from './create-workload.ts';

export type Event = KubernetesObject & {
  reason: string;
  message: string;
  type: string;
  count?: number;
  involvedObject: { kind: string; name: string };
};

/** How an operator of a world is started. */
export interface OperatorStart {
  env?: Record<string, string>;
  flags?: string[];
  /** Who it is to the API server; absent: one who may do everything. */
  client?: KubernetesClient;
  /** The system's when absent. */
  clock?: Clock;
}

/** What belongs to an ActionSet or its Blueprint beside the phases and the action. */
export interface ActionSetOptions extends Pick<BlueprintAction, 'deferPhase' | 'outputArtifacts'> {
  /** Labels of the ActionSet. */
  labels?: Record<string, string>;
}

/**
 * What a case of the table has to itself: a namespace in which an operator with all functions runs. The first action starts the
 * operator, unless the case has started one before.
 */
export interface FunctionWorld {
  cluster: TestCluster;
  /** Of the operator, the Blueprints and the ActionSets. */
  namespace: string;
  images: typeof IMAGES;
  /** Lines that the operators have logged, each a JSON object. */
  log: readonly string[];
  /** Runs phases as one action, `run`, on the namespace, to its end. */
  run(
    phases: BlueprintPhase[],
    action?: Partial<ActionSpec>,
    more?: ActionSetOptions,
  ): Promise<ActionSetStatus>;
  /** The same, and does not wait for the end; resolves to the ActionSet's name. */
  start(phases: BlueprintPhase[], action?: Partial<ActionSpec>, more?: ActionSetOptions): Promise<string>;
  ended(actionSet: string): Promise<ActionSetStatus>;
  actionSet(name: string): Promise<ActionSet>;
  /** Asks for the end of a running ActionSet, as `kanctl cancel actionset` does. */
  cancel(actionSet: string): Promise<void>;
  startOperator(how?: OperatorStart): void;
  /** Leaves its work in the middle, as a process that is told to end. */
  stopOperator(): Promise<void>;
  restartOperator(how?: OperatorStart): Promise<void>;
  /** The pods of a namespace, the world's own when absent, without those that are being deleted. */
  pods(options?: { labelSelector?: string; namespace?: string }): Promise<Pod[]>;
  /** Those of them that functions made. */
  jobPods(namespace?: string): Promise<Pod[]>;
  /** The events of the world's namespace about an object. */
  events(involved: string): Promise<Event[]>;
  /** One more, deleted at the end. */
  createNamespace(): Promise<string>;
  /** A workload whose pods sleep; resolves to its pods, once all of them are ready. */
  createWorkload(options: WorkloadOptions): Promise<Pod[]>;
  /**
   * Asks until `look` finds something.
   * @param look a text is what it saw in its place, for the error
   * @param timeout milliseconds; 60 000 when absent
   */
  until<T extends object | true>(what: string, look: () => Promise<T | string>, timeout?: number): Promise<T>;
}

/** Of the operators' log, in the error of an action that does not end. */
const LAST_LINES = 20;

/** @param bed with a namespace of its own; the cluster closes it */
export function createFunctionWorld(cluster: TestCluster, bed: OperatorBed): FunctionWorld {
  const { client } = cluster;
  const { namespace } = bed;
  const { signal } = new AbortController();
  let operator: RunningOperator | undefined;
  let actionSets = 0;

  const world: FunctionWorld = {
    cluster,
    namespace,
    images: IMAGES,
    log: bed.log,
    async run(phases, action, more) {
      return world.ended(await world.start(phases, action, more));
    },
    async start(phases, action = {}, { labels, ...more } = {}) {
      if (operator === undefined) world.startOperator();
      const name = `action-${(actionSets += 1)}`;
      await bed.createBlueprint(name, { run: { kind: '', phases, ...more } });
      const object = { kind: 'Namespace', name: namespace, namespace };
      await client.create<ActionSet>(ACTION_SETS, {
        apiVersion: API_VERSION,
        kind: 'ActionSet',
        metadata: { name, namespace, ...(labels && { labels }) },
        spec: { actions: [{ name: 'run', blueprint: name, object, ...action }] },
      });
      return name;
    },
    ended: (name) =>
      world.until(
        `the end of ${name}`,
        async () => {
          const { status } = await world.actionSet(name);
          if (status?.state === 'complete' || status?.state === 'failed') return status;
          return `${JSON.stringify(status)}\n${bed.log.slice(-LAST_LINES).join('')}`;
        },
        100_000,
      ),
    actionSet: (name) => client.get<ActionSet>(ACTION_SETS, { name, namespace }),
    async cancel(name) {
      await bed.cancel(name, 'the test cancels it');
    },
    startOperator({ env = {}, flags = [], client: asUser, clock } = {}) {
      operator = bed.start({
        functions: [...functions],
        env: { POD_SERVICE_ACCOUNT: 'default', ...env },
        flags,
        ...(asUser && { client: asUser }),
        ...(clock && { clock }),
      });
    },
    async stopOperator() {
      await operator?.stop();
      operator = undefined;
    },
    async restartOperator(how) {
      await world.stopOperator();
      world.startOperator(how);
    },
    async pods({ labelSelector, namespace: where = namespace } = {}) {
      const options = { namespace: where, ...(labelSelector !== undefined && { labelSelector }) };
      const { items } = await client.list<Pod>(PODS, options);
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    },
    jobPods: (where = namespace) => world.pods({ labelSelector: 'createdBy=kanister', namespace: where }),
    async events(involved) {
      const { items } = await client.list<Event>(EVENTS, { namespace });
      return items.filter(({ involvedObject }) => involvedObject.name === involved);
    },
    createNamespace: () => cluster.createNamespace(),
    createWorkload: (options) => createWorkload(world, options),
    until: (what, look, timeout = 60_000) =>
      waitUntil(look, { what, timeout, signal, clock: systemClock, pause: 50 }),
  };
  return world;
}
