import { decodeArguments, type RawArguments } from '../../src/engine/arguments.ts';
import type { ArgumentSchemas } from '../../src/engine/arguments.ts';
import type { FunctionDefinition } from '../../src/engine/function.ts';
import type { JsonObject } from '../../src/kubernetes/objects.ts';
import { createPhase, type PhaseOptions, type TestCluster, type TestPhase } from './phase.ts';

/** Begins a function as the engine does, its intents in the journal. A failure is looked at by whoever awaits `result`. */
export function runFunction<A extends ArgumentSchemas>(
  definition: FunctionDefinition<A>,
  cluster: TestCluster,
  raw: RawArguments,
  options: Partial<PhaseOptions> = {},
): TestPhase & { result: Promise<JsonObject | undefined> } {
  const args = decodeArguments(definition.args, raw);
  const { context } = createPhase({ client: cluster.client, ...options });
  const intents = definition.intents?.(args, context) ?? [];
  const phase = createPhase({ client: cluster.client, intents, ...options });
  const result = definition.run(args, phase.context);
  result.catch(() => undefined);
  return { ...phase, result };
}
