import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import {
  createActionSetController,
  type ActionSetController,
} from '../controllers/actionset/action-set-controller.ts';
import { UNFINISHED } from '../controllers/actionset/unfinished.ts';
import { createBlueprintController } from '../controllers/blueprint/blueprint-controller.ts';
import { createRetention } from '../controllers/retention/retention.ts';
import { createSweeper, type Sweeper } from '../controllers/sweeper/sweeper.ts';
import { watchObjects } from '../controllers/watch-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { createBlueprintReads } from '../engine/blueprint-reads.ts';
import { createEventTurns } from '../engine/event-turns.ts';
import { createEventRecorder } from '../engine/events.ts';
import type { ControllerSettings, FunctionDefinition } from '../engine/function.ts';
import { gatedClient } from '../engine/gate.ts';
import type { Masks } from '../engine/masks.ts';
import { createPlaces } from '../engine/create-places.ts';
import type { RunObserver } from '../engine/observer.ts';
import type { Places } from '../engine/places.ts';
import type { PodDoors } from '../engine/pod-doors.ts';
import { createProgressBudget } from '../engine/progress-budget.ts';
import { createRegistry } from '../engine/registry.ts';
import { createRendererFactory } from '../engine/render.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { rememberRefusedWatches } from '../kubernetes/refused-watches.ts';
import { PODS } from '../kubernetes/resources.ts';
import { observers } from './observers.ts';
import { installCrds } from './install-crds.ts';
import { outdatedCrds } from './outdated-crds.ts';
import { acquireLeadership, alwaysLeading, type Leadership } from './lease.ts';
import { obtainRandomnessKey } from './randomness-key.ts';
import { releaseNamespace } from './release-namespace.ts';
import type { OperatorSettings } from './settings.ts';

/** How many queued ActionSets at once may be shown as pending. */
const QUEUE_NOTES = 4;

/** Milliseconds: an ActionSet whose phases take no time is not kept waiting by what is told of it. */
const EVENT_PATIENCE = 50;

/** Milliseconds that runs may take to notice that the process stops. */
const STOP_PATIENCE = 3_000;

export interface OperatorOptions {
  settings: OperatorSettings & { namespace: string };
  client: KubernetesClient;
  clock: Clock;
  /** From 0 to below 1. */
  random: () => number;
  log: Logger;
  masks: Masks;
  functions: readonly FunctionDefinition[];
  podDoors?: PodDoors;
  observer: RunObserver;
  /** From now on this process leads, or does not. */
  leading?(leads: boolean): void;
  /** The places whose use is to be shown. */
  watchPlaces?(places: Pick<Places, 'taken' | 'waiting'>): void;
  /** Ends it: running pods go on, and the next leader adopts them. */
  stop: AbortSignal;
}

/**
 * Leads, watches, and runs ActionSets until it is stopped or has lost its leadership. Resolves when everything of this process has ended.
 * @throws when what it needs to begin can't be had
 */
export async function runOperator(options: OperatorOptions): Promise<'stopped' | 'lost'> {
  const { settings, client, clock, log, stop } = options;
  const identity = settings.identity ?? randomUUID();
  const { namespace } = settings;
  const leadership = settings.leaderElection
    ? await acquireLeadership({ client, clock, log, namespace, identity, stop })
    : alwaysLeading();
  try {
    if (settings.updateCrds) {
      await installCrds(client, clock, log, AbortSignal.any([stop, leadership.lost]));
    }
    options.leading?.(true);
    await lead(options, leadership, identity);
    if (stop.aborted && !leadership.lost.aborted) await releaseNamespace(client, namespace, log);
  } finally {
    options.leading?.(false);
    await leadership.release();
  }
  return leadership.lost.aborted ? 'lost' : 'stopped';
}

async function lead(options: OperatorOptions, leadership: Leadership, holder: string): Promise<void> {
  const { settings, client, clock, log } = options;
  const stop = AbortSignal.any([options.stop, leadership.lost]);
  const gated = gatedClient(rememberRefusedWatches(client, clock), leadership);
  const places = createPlaces(settings.concurrency);
  options.watchPlaces?.(places);
  const namespaces = watchedNamespaces(settings);
  const sweeper = createSweeper({
    client: gated,
    clock,
    log,
    namespace: settings.namespace,
    watched: namespaces,
    after: settings.sweepAfter,
  });
  const turns = createEventTurns(clock, stop);
  const events = () => createEventRecorder({ client: gated, clock, log, patience: EVENT_PATIENCE, turns });
  const engine: Engine = {
    client: gated,
    gate: leadership,
    clock,
    log,
    blueprints: createBlueprintReads(gated, clock),
    registry: createRegistry(options.functions),
    renderer: createRendererFactory(),
    settings: await controllerSettings(options),
    randomness: await obtainRandomnessKey(gated, settings.namespace, { clock, log, stop }),
    // One process of a pod may follow another: its claims must differ from its predecessor's.
    holder: `${holder}/${randomUUID()}`,
    events,
    masks: options.masks,
    places,
    // The requests of those at work come first.
    queueNotes: createPlaces(QUEUE_NOTES),
    progressBudget: createProgressBudget(clock),
    outdatedCrds: await outdatedCrds(gated, log),
    observer: observers(options.observer, tellingOfPods(sweeper)),
    finalizers: settings.finalizers,
  };
  const retention = createRetention({ client: gated, clock, log, namespaces });
  const actionSets = createActionSetController({ engine, log, stop, ended: retention.ended });
  const blueprints = createBlueprintController(createEventRecorder({ client: gated, clock, log }));
  log.info({ namespaces: namespaces.map((name) => name ?? '*') }, 'watching ActionSets');
  const watching = namespaces.flatMap((namespace) => {
    const common = {
      ...(namespace === undefined ? {} : { namespace }),
      clock,
      log,
      random: options.random,
      signal: stop,
    };
    return [
      watchObjects(client, actionSets, { ...common, select: UNFINISHED }),
      watchObjects(client, blueprints, common),
    ];
  });
  await Promise.all([...watching, retention.run(stop), sweeper.run(stop)]);
  await settledInTime(actionSets, clock, log);
}

/** Whatever becomes of a step that makes an object, something may have been made there. */
function tellingOfPods({ madeIn }: Sweeper): Partial<RunObserver> {
  return {
    stepEnded: ({ namespace }) => {
      if (namespace !== undefined) madeIn(namespace);
    },
  };
}

/** A request that hangs must not keep the process: its successor waits, and what was sent is fenced. */
async function settledInTime(actionSets: ActionSetController, clock: Clock, log: Logger): Promise<void> {
  const settled = new AbortController();
  const late = clock.sleep(STOP_PATIENCE, settled.signal).then(
    () => log.warn('a run did not stop in time, and is left as it is'),
    () => undefined,
  );
  await Promise.race([actionSets.settled(), late]);
  settled.abort();
}

/** Undefined: all of them. */
function watchedNamespaces({ namespace, watchNamespaces }: OptionsSettings): (string | undefined)[] {
  if (watchNamespaces.includes('*')) return [undefined];
  return watchNamespaces.length === 0 ? [namespace] : [...new Set(watchNamespaces)];
}

type OptionsSettings = OperatorOptions['settings'];

async function controllerSettings({
  settings,
  client,
  log,
  podDoors,
}: OperatorOptions): Promise<ControllerSettings> {
  return {
    namespace: settings.namespace,
    serviceAccount: settings.serviceAccount ?? (await ownServiceAccount(settings, client, log)),
    toolsImage: settings.toolsImage,
    podReadyTimeout: settings.podReadyTimeout,
    secureDefaultsForJobPods: settings.secureDefaultsForJobPods,
    ...(podDoors && { podDoors }),
  };
}

interface PodWithAccount extends KubernetesObject {
  spec?: { serviceAccountName?: string };
}

/** Without POD_SERVICE_ACCOUNT the operator's own pod tells; outside of a pod nothing does, and pods get the namespace's default. */
async function ownServiceAccount(
  settings: OptionsSettings,
  client: KubernetesClient,
  log: Logger,
): Promise<string> {
  try {
    const pod = await client.get<PodWithAccount>(PODS, {
      name: settings.podName,
      namespace: settings.namespace,
    });
    return pod.spec?.serviceAccountName ?? '';
  } catch (error) {
    log.info({ error: String(error) }, 'the operator’s service account is unknown: set POD_SERVICE_ACCOUNT');
    return '';
  }
}
