import type { ActionSet, ActionSpec, BlueprintAction } from '../../src/api/kanister/types.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import type { SimulatedNode } from './simulated-node.ts';

/** What a person, or the world, does to a run while it goes on. */
export interface Happening {
  /** Once, when an ActionSet is stored for which this holds. */
  when(actionSet: ActionSet): boolean;
  /** Milliseconds after that; 5 when absent. */
  after?: number;
  act(world: { client: KubernetesClient; node: SimulatedNode; actionSet: ActionSet }): Promise<void>;
}

/** A Blueprint, ActionSets that use it, and what happens to them meanwhile. */
export interface Scenario {
  name: string;
  /** Besides those of every cluster. */
  objects?: { type: ResourceType; object: KubernetesObject }[];
  /** Actions of the Blueprint `bp`. */
  actions: Record<string, BlueprintAction>;
  /** Actions of each ActionSet, which are of the Blueprint `bp` and about the namespace `app` where they do not say else. */
  actionSets: Partial<ActionSpec>[][];
  /** Further fields of each ActionSet's spec. */
  spec?: object;
  happenings?: Happening[];
  /** Values that may be nowhere but in Secrets. */
  canaries?: string[];
  /** It has steps that can't be repeated, or work that can get lost: cut short, it may fail as unknown. */
  mayBeUnknown?: boolean;
  /** Its functions give up when the API server refuses their own requests. */
  mayFailOnTrouble?: boolean;
  /** Whether the undisturbed outcome is the only one; otherwise it depends on when what happens. */
  outcomeVaries?: boolean;
  /** A pod can be gone before its UID is in the journal: then nothing tells that its work was begun, and it is begun again. */
  workMayBeginAgain?: boolean;
  /** However it ends: once its first phase has begun, its deferPhase ends, too. */
  runsDeferPhase?: boolean;
  /** What is wrong with what is there at the end, if anything is; asked with a way to list what a storage holds, and the ActionSet's error. */
  faultAtEnd?(objects: (storage: string) => KubernetesObject[], error: string): string | undefined;
  /** A run takes much longer than those of others: it is run less often. */
  isHeavy?: boolean;
  /** Under the CRDs of the original, which drop what they do not know. */
  originalCrds?: boolean;
}
