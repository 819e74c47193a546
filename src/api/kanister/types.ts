/** The resources of cr.kanister.io/v1alpha1, as they are on the wire. Source: the CRDs of Kanister 0.114 to 0.119. */
import type { JsonObject, KubernetesObject, ObjectMeta, ResourceType } from '../../kubernetes/objects.ts';

const GROUP = 'cr.kanister.io';
const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

const kanister = (resource: string, kind: string): ResourceType => ({
  group: GROUP,
  version: VERSION,
  resource,
  kind,
  namespaced: true,
});
export const ACTION_SETS = kanister('actionsets', 'ActionSet');
export const BLUEPRINTS = kanister('blueprints', 'Blueprint');
export const PROFILES = kanister('profiles', 'Profile');

/** `apiVersion` holds the version only (`v1`); `resource` is the plural name. */
export interface ObjectReference {
  apiVersion?: string;
  group?: string;
  resource?: string;
  kind?: string;
  name?: string;
  namespace?: string;
}

export interface Artifact {
  keyValue?: Record<string, string>;
  /** JSON that a kopia push printed; opaque here. */
  kopiaSnapshot?: string;
}

export interface ActionSpec {
  name: string;
  object: ObjectReference;
  blueprint?: string;
  artifacts?: Record<string, Artifact>;
  configMaps?: Record<string, ObjectReference>;
  secrets?: Record<string, ObjectReference>;
  profile?: ObjectReference | null;
  repositoryServer?: ObjectReference | null;
  podOverride?: JsonObject;
  options?: Record<string, string>;
  /** Version of the functions, see `selectFunction`. */
  preferredVersion?: string;
  podLabels?: Record<string, string> | null;
  podAnnotations?: Record<string, string> | null;
  /** A Go duration; instead of the Blueprint action's. */
  timeout?: string;
  /** Names of actions of the same ActionSet that must succeed before this one begins. */
  needs?: string[];
}

export type State = 'pending' | 'running' | 'failed' | 'complete';

/** Of Kubernetes' usual form; `observedGeneration` is left out, because every write of a status raises the generation. */
export interface Condition {
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  /** RFC 3339, whole seconds. */
  lastTransitionTime: string;
}

export type ConditionType = 'Accepted' | 'Running' | 'Complete' | 'Failed' | 'Cancelled';

/** Sizes in bytes; `progressPercent` is an integer in text. */
export interface PhaseProgress {
  progressPercent?: string;
  sizeDownloadedB?: number;
  sizeUploadedB?: number;
  estimatedDownloadSizeB?: number;
  estimatedUploadSizeB?: number;
  estimatedTimeSeconds?: number;
  lastTransitionTime?: string;
}

/** Why a phase failed, for people; bounded and free of secrets. */
export interface FailureStatus {
  reason: string;
  message: string;
  argument?: string;
  template?: { line: number; column: number };
  pod?: { name: string; phase?: string; reason?: string; exitCode?: number; logTail?: string };
  hint?: string;
}

export interface PhaseStatus {
  name: string;
  /** Empty for a deferPhase that does not exist. */
  state: State | '';
  output?: JsonObject;
  progress: PhaseProgress;
  failure?: FailureStatus;
  /** Its condition did not hold: `complete`, without ever having run. */
  skipped?: true;
  /** How often it was begun. */
  attempts?: number;
  /** RFC 3339 with milliseconds; the original's own times have whole seconds. */
  startTime?: string;
  completionTime?: string;
}

export interface ActionStatus {
  name: string;
  object: ObjectReference;
  blueprint: string;
  phases: PhaseStatus[];
  /** Templates until the action completes, rendered then. */
  artifacts?: Record<string, Artifact>;
  deferPhase: PhaseStatus;
}

export interface ActionSetProgress {
  runningPhase?: string;
  percentCompleted?: string;
  sizeDownloadedB?: number;
  sizeUploadedB?: number;
  estimatedDownloadSizeB?: number;
  estimatedUploadSizeB?: number;
  lastTransitionTime?: string;
}

export interface ActionSetStatus {
  state: State;
  actions: ActionStatus[];
  error: { message: string };
  progress: ActionSetProgress;
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
}

export interface ActionSetSpec {
  actions?: ActionSpec[];
  /** `parallel` when absent; `sequential`: each action begins when the one before it has succeeded. */
  executionMode?: string;
  /** Name of a failed ActionSet of the same namespace: its completed phases are not run again. */
  continueFrom?: string;
  /** Seconds after its end at which it is deleted; absent: never. */
  ttlSecondsAfterFinished?: number;
  /** Whether it may be deleted although it has output artifacts, the only record of what it made. */
  includeArtifacts?: boolean;
}

export interface ActionSet extends KubernetesObject {
  metadata: ObjectMeta & { name: string };
  spec?: ActionSetSpec | null;
  status?: ActionSetStatus | null;
}

/** When and how often a phase that failed is run again. */
export interface RetryPolicy {
  /** How often it may be begun in all. */
  attempts?: number;
  /** A Go duration: the pause before the second attempt, doubled before each further one up to five minutes. */
  backoff?: string;
  /** Reasons of failures; absent: every failure that another attempt can mend. */
  on?: string[];
  /** What YAML 1.1, which Kubernetes reads, makes of a key `on` without quotes. */
  true?: string[];
}

export interface BlueprintPhase {
  func: string;
  name: string;
  objects?: Record<string, ObjectReference>;
  args?: JsonObject | null;
  /** A template: the phase runs when it gives `true`, and is skipped when it gives `false` or nothing. */
  if?: string;
  /** A Go duration for each attempt. */
  timeout?: string;
  retry?: RetryPolicy;
  /** `fail` when absent; `repeat`: what the operator's end cut short is run again, though it can't be told how far it came. */
  onInterrupted?: string;
}

/** How many finished ActionSets of an action are kept; absent numbers: all. */
export interface HistoryLimits {
  successful?: number;
  failed?: number;
  /** Whether sets with output artifacts count and go, too. */
  includeArtifacts?: boolean;
}

export interface BlueprintAction {
  name?: string;
  kind?: string;
  configMapNames?: string[];
  secretNames?: string[];
  inputArtifactNames?: string[];
  outputArtifacts?: Record<string, Artifact>;
  phases?: BlueprintPhase[];
  deferPhase?: BlueprintPhase | null;
  /** A Go duration for all phases together; the deferPhase is run all the same, and has its own. */
  timeout?: string;
  history?: HistoryLimits;
}

export interface Blueprint extends KubernetesObject {
  metadata: ObjectMeta & { name: string };
  actions?: Record<string, BlueprintAction>;
}

export interface Location {
  /** `s3Compliant`, `gcs`, `azure` or `kopia`. */
  type?: string;
  bucket?: string;
  endpoint?: string;
  prefix?: string;
  region?: string;
}

export interface Profile extends KubernetesObject {
  metadata: ObjectMeta & { name: string };
  location?: Location;
  credential?: {
    /** `keyPair`, `secret` or `kopia`. */
    type?: string;
    keyPair?: { idField?: string; secretField?: string; secret?: ObjectReference } | null;
    secret?: ObjectReference | null;
    kopiaServerSecret?: JsonObject | null;
  };
  skipSSLVerify?: boolean;
}

/**
 * A Profile with its credentials fetched: what templates see as `.Profile` and what `toJson .Profile` prints (Go's field
 * names outside, JSON names inside `Location`). Secret data stay base64, as in the Secret itself.
 */
export interface ResolvedProfile {
  Location: Required<Location>;
  Credential: {
    Type: string;
    KeyPair: { ID: string; Secret: string } | null;
    Secret: (KubernetesObject & { type?: string; data?: Record<string, string> }) | null;
    KopiaServerSecret: {
      Username: string;
      Hostname: string;
      Password: string;
      Cert: string;
      ConnectOptions: Record<string, number> | null;
    } | null;
  };
  SkipSSLVerify: boolean;
}
