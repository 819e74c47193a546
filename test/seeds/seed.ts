import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionSetStatus, ActionSpec, Blueprint, BlueprintPhase } from '../../src/api/kanister/types.ts';
import type { Json } from '../../src/kubernetes/objects.ts';
import { parseYaml } from '../../src/kubernetes/yaml.ts';
import type { FunctionWorld } from '../functions/function-world.ts';

/** An example of the original's documentation, what it needs, and what comes of it. */
export interface Seed {
  /** Below this folder: a list of phases, or a Blueprint. */
  file: string;
  /** What has to be there, and what the action is about; the namespace when absent. */
  prepare?(world: FunctionWorld): Promise<Partial<ActionSpec> | undefined>;
  /** Phases in front of the example's. */
  before?: BlueprintPhase[];
  /** The message of its failure; absent: it completes. */
  fails?: string;
  /** Looks at what has become of the world. */
  check?(world: FunctionWorld, status: ActionSetStatus): Promise<void>;
}

/** The phases of the example's only action. */
export function phasesOf({ file }: Pick<Seed, 'file'>): BlueprintPhase[] {
  const document: Json = parseYaml(readFileSync(join(import.meta.dirname, file), 'utf8'));
  if (Array.isArray(document)) return document as unknown as BlueprintPhase[];
  const { actions } = document as unknown as Blueprint;
  const [action] = Object.values(actions ?? {});
  if (!action?.phases) throw new Error(`${file} has no action with phases`);
  return action.phases;
}
