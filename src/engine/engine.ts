import type { Logger } from 'pino';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { BlueprintReads } from './blueprint-reads.ts';
import type { EventRecorder } from './events.ts';
import type { Gate } from './gate.ts';
import type { ControllerSettings } from './function.ts';
import type { OutdatedCrds } from './lost-fields.ts';
import type { Masks } from './masks.ts';
import type { RunObserver } from './observer.ts';
import type { Places } from './places.ts';
import type { ProgressBudget } from './progress-budget.ts';
import type { RandomnessKey } from './randomness.ts';
import type { FunctionRegistry } from './registry.ts';
import type { RendererFactory } from './render.ts';

/** Everything that runs have in common. */
export interface Engine {
  /** Refuses to change anything once this process may no longer act. */
  client: KubernetesClient;
  /** The same for effects that go elsewhere. */
  gate: Gate;
  clock: Clock;
  log: Logger;
  blueprints: BlueprintReads;
  registry: FunctionRegistry;
  renderer: RendererFactory;
  settings: ControllerSettings;
  randomness: RandomnessKey;
  /** Who claims: unlike that of every other process that may run. */
  holder: string;
  /** How many actions may be at work. */
  places: Places;
  /** How many ActionSets at once may be shown as pending: it costs requests that those at work need more. */
  queueNotes: Places;
  progressBudget: ProgressBudget;
  outdatedCrds: OutdatedCrds;
  observer: RunObserver;
  /** Whether a running ActionSet is kept from being deleted until its run has been ended and cleaned up. */
  finalizers: boolean;
  /** One per run, because it posts in order. */
  events(): EventRecorder;
  /** What the log must not show while a run lasts. */
  masks: Pick<Masks, 'add' | 'delete'>;
}
