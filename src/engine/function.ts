import type { Logger } from 'pino';
import type { ActionSpec, PhaseProgress, ResolvedProfile } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { Json, JsonObject, KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import type { ArgumentSchemas, DecodedArguments } from './arguments.ts';
import type { RunOwner } from './ownership.ts';
import type { PodDoors } from './pod-doors.ts';

/** A rule of a Role, as far as functions need it. */
export interface PermissionRule {
  group: string;
  resources: string[];
  verbs: string[];
}

/** The workload that the action is about, as it was when the action started. */
export interface Workload {
  kind: 'StatefulSet' | 'Deployment' | 'DeploymentConfig';
  namespace: string;
  name: string;
  /** Names of the running pods. */
  pods: string[];
  /** Names of the containers of each of `pods`. */
  containers: string[][];
  /** Pod name → PVC name → mount path. */
  persistentVolumeClaims: Record<string, Record<string, string>>;
}

/** What functions may know of the process that runs them. */
export interface ControllerSettings {
  namespace: string;
  /** The operator's own service account: given to pods in its own namespace. */
  serviceAccount: string;
  toolsImage: string;
  /** Milliseconds. */
  podReadyTimeout: number;
  secureDefaultsForJobPods: boolean;
  podDoors?: PodDoors;
}

export interface StepOptions {
  /**
   * What happens when an earlier process began this step and its result is unknown. `repeat`: it is done again, so it must be
   * an observation or idempotent. `unrepeatable`: the phase fails as outcome unknown, unless the Blueprint says `onInterrupted: repeat`.
   */
  resume?: 'repeat' | 'unrepeatable';
  /** Whether the result holds for later attempts of the phase, too: what was observed before the first one changed it. */
  lasting?: boolean;
  /**
   * What the step has going on outside of this process, as the definition's `stop` needs to know it to end that: for effects that outlive
   * the process. It is in the journal before the effect begins, until that ends by itself.
   */
  outside?: Json;
}

/**
 * Does `effect` once in the life of the phase: a step that an earlier process finished returns its journalled result
 * without acting. Names are a format: they stand in journals that a later version reads. A result is JSON of at most 16 KiB.
 */
export type Step = <T extends Json | undefined>(
  name: string,
  effect: () => Promise<T>,
  options?: StepOptions,
) => Promise<T>;

export interface TemporaryObject<T extends KubernetesObject> {
  type: ResourceType;
  namespace: string;
  /** Start of its name; the rest is derived from the run, so that a second create finds the first's object. */
  prefix: string;
  /** Without name; its metadata is completed by the engine. */
  object: T;
}

/**
 * Creates an object that belongs to the phase, or adopts the one that an earlier process created in the same step. The engine
 * removes it after the phase's result is stored, on success, failure and cancel.
 * @throws {Failure} `OutcomeUnknown` when an earlier process created it and it is gone; `NameTaken` when it is somebody else's.
 */
export type CreateTemporary = <T extends KubernetesObject>(
  step: string,
  temporary: TemporaryObject<T>,
) => Promise<T>;

/** What a step is going to do, known before it begins: written together with the phase's start, so that it costs no request. */
export type Intent =
  | { step: string; unrepeatable: true }
  | { step: string; creates: ResourceType; namespace: string; prefix: string };

/** A value that a long step keeps in the journal while it runs, e.g. how far a log was read. */
export interface Checkpoints {
  read(name: string): Json | undefined;
  /** Resolves once it is stored; writes between two commits are one. */
  write(name: string, value: Json): Promise<void>;
}

/** How much data a phase has moved and is going to move, as far as its function knows. Bytes. */
export type Transfer = Omit<PhaseProgress, 'progressPercent' | 'lastTransitionTime'>;

export interface FunctionContext {
  /** The ActionSet's action, as it was when it started. */
  readonly action: ActionSpec;
  /** Whose journal this runs on. */
  readonly owner: RunOwner & { kind: string; labels: Record<string, string> };
  readonly phase: string;
  /**
   * The same in all attempts of this phase and in every process that runs it, and of no other phase: phases may share their names, and so
   * may actions.
   */
  readonly identity: string;
  readonly subject: Workload | undefined;
  readonly profile: ResolvedProfile | undefined;
  readonly settings: ControllerSettings;
  readonly kubernetes: KubernetesClient;
  readonly clock: Clock;
  /** Aborted when the phase is to end: cancel, timeout, loss of leadership. */
  readonly signal: AbortSignal;
  /** Masks the run's secrets. */
  readonly log: Logger;
  readonly step: Step;
  readonly createTemporary: CreateTemporary;
  /**
   * Has the definition's `undo` called with `data` when the action fails or is cancelled: to be asked for before the effect that is to be
   * undone. Resolves once that is stored. What the first attempt of a phase asked for stays.
   */
  undoOnFailure(data: Json): Promise<void>;
  readonly checkpoints: Checkpoints;
  /** A line that a container printed, for the log: masked there. */
  podOutput(pod: string, container: string, line: string): void;
  /**
   * Renders a text of an argument that arrived unrendered, with the phase's parameters; `where` is its place, for people.
   * @throws {Failure} `TemplateError`
   */
  render(template: string, where: string): string;
  /** Something that users should know and that is no failure: a Warning event on the ActionSet, once for each phase and reason. Masked. */
  warn(reason: string, message: string): void;
  /** 0 to 100; what is below what was reported before is not shown. */
  progress(percent: number, transfer?: Transfer): void;
  /**
   * Waits without holding one of the places that limit how many actions work at once: whatever takes long and leaves this process in
   * peace belongs into it.
   */
  idle<T>(wait: () => Promise<T>): Promise<T>;
}

/** What `undo` and `stop` of a definition work with: the phase is over, and so is its journal. */
export type UndoContext = Pick<
  FunctionContext,
  'kubernetes' | 'clock' | 'signal' | 'log' | 'idle' | 'settings'
>;

export interface FunctionDefinition<A extends ArgumentSchemas = ArgumentSchemas> {
  name: string;
  /** `v0.0.0` when absent. */
  version?: string;
  doc?: string;
  /** What becomes of it when the operator ends while it runs, for its documentation. */
  afterRestart?: string;
  args: A;
  /** Key → what it is. `markers`: whatever the command prints with `kando output`. */
  outputs: Record<string, string> | 'markers';
  permissions: PermissionRule[];
  /** Raised when a journal of the previous revision can't be continued by this one. */
  revision: number;
  /** The names of arguments that are rendered before they arrive; absent: all. */
  rendered?: readonly string[];
  needsProfile?: boolean;
  intents?(
    args: DecodedArguments<A>,
    context: Pick<FunctionContext, 'action' | 'settings' | 'subject'>,
  ): Intent[];
  /** Checks beyond the arguments' own schemas, on raw arguments. @throws {Failure} */
  validate?(raw: JsonObject): void;
  /**
   * Undoes what a phase has done, when its action fails or is cancelled: after the phases, before the deferPhase. May be called again after
   * an interruption, so it must be idempotent.
   * @param later what later phases asked for with the same `undoKey`, in their order
   */
  undo?(data: Json, context: UndoContext, later: readonly Json[]): Promise<void>;
  /**
   * What an undo is about, told from its `data`: what several phases did to the same thing is undone by one call, when it is the turn of the
   * first of them, so that nothing goes through what was in between. Absent: each phase is undone by itself.
   */
  undoKey?(data: Json): string;
  /**
   * Ends what a step has going on outside (`outside` of its options): called when the phase is to end, or can't be gone on with because what
   * it needs is gone, by whichever process finds that. It may be over already, and `stop` may be called again.
   */
  stop?(outside: Json, context: UndoContext): Promise<void>;
  /** The phase's output, or nothing. @throws {Failure} for what a user can understand. */
  run(args: DecodedArguments<A>, context: FunctionContext): Promise<JsonObject | undefined>;
}

/**
 * Declares a Kanister function: the one object from which the engine runs it, the validator checks Blueprints, and the
 * documentation and roles are made.
 */
export function defineFunction<const A extends ArgumentSchemas>(
  definition: FunctionDefinition<A> & { rendered?: readonly (keyof A & string)[] },
): FunctionDefinition<A> {
  return definition;
}
