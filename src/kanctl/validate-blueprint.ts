import { blueprintCrd } from '../api/kanister/blueprint-crd.ts';
import type { Blueprint } from '../api/kanister/types.ts';
import { createRegistry, isVersion } from '../engine/registry.ts';
import { validateBlueprint } from '../engine/validate-blueprint.ts';
import type { KanctlHost } from './host.ts';
import { printFailed, printPassed } from './profile-checks.ts';
import { readManifest } from './read-manifest.ts';

export interface BlueprintToValidate {
  filename: string;
  functionVersion: string;
}

/** `kanctl validate blueprint`: needs no cluster. @throws {AggregateError} of every mistake. */
export async function validateBlueprintCommand(
  flags: BlueprintToValidate,
  host: KanctlHost,
): Promise<number> {
  if (flags.filename === '') {
    throw new Error(
      '--name is not supported for blueprint resources, please specify blueprint manifest using -f.',
    );
  }
  const blueprint = await readManifest<Blueprint>(flags.filename, blueprintCrd, host);
  const registry = createRegistry(await host.functions());
  const { stages, failures, warnings } = validateBlueprint(blueprint, registry, flags.functionVersion);
  for (const { name, failure } of stages) (failure ? printFailed : printPassed)(host, name);
  for (const warning of warnings) host.stderr.write(`Warning: ${warning}\n`);

  if (failures.length > 0) throw new AggregateError(failures);
  const asOlder = Object.values(blueprint.actions ?? {})
    .flatMap(({ phases, deferPhase }) => [...(phases ?? []), ...(deferPhase ? [deferPhase] : [])])
    .filter(({ func }) => !isVersion(registry.select(func, flags.functionVersion), flags.functionVersion))
    .map(({ func }) => func);
  for (const func of new Set(asOlder)) {
    host.stderr.write(`${func} has no version ${flags.functionVersion}: checked as v0.0.0\n`);
  }
  return 0;
}
