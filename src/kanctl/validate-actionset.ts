import { actionSetCrd } from '../api/kanister/action-set-crd.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { validateActionSet } from '../api/kanister/validate-action-set.ts';
import { withoutNulls } from '../api/kanister/without-nulls.ts';
import type { KanctlHost } from './host.ts';
import { printFailed, printPassed } from './profile-checks.ts';
import { readManifest } from './read-manifest.ts';

const STAGE = 'validation of ActionSet';

/** `kanctl validate actionset`: needs no cluster. @throws {AggregateError} of every mistake. */
export async function validateActionSetCommand(
  { filename }: { filename: string },
  host: KanctlHost,
): Promise<number> {
  if (filename === '') {
    throw new Error(
      '--name is not supported for actionset resources, please specify actionset manifest using -f.',
    );
  }
  const actionSet = await readManifest<ActionSet>(filename, actionSetCrd, host);
  const { kind = 'ActionSet' } = actionSet;
  if (kind !== 'ActionSet') throw new Error(`expected an ActionSet, found an object of kind ${kind}`);
  const problems = validateActionSet(withoutNulls(actionSet));
  (problems.length > 0 ? printFailed : printPassed)(host, STAGE);
  if (problems.length > 0) throw new AggregateError(problems);
  return 0;
}
