import type { ActionSet, ActionSetStatus, ActionStatus } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { Failure } from './failure.ts';
import type { PlannedAction } from './initial-status.ts';

/**
 * Takes over from a failed ActionSet what its actions have completed, into the first status of one that continues it: phases that
 * are complete there are complete here, with their outputs, and are not run again.
 * @throws {Failure} `ContinueFromMissing`, `ContinueFromNotFailed`, `ContinueFromMismatch`
 */
export async function continueFrom(
  name: string,
  actionSet: ActionSet,
  planned: PlannedAction[],
  client: KubernetesClient,
): Promise<void> {
  const { namespace = '' } = actionSet.metadata;
  const before = await readFailed(name, namespace, client);
  if (before.actions.length !== planned.length) {
    throw mismatch(name, `it has ${before.actions.length} actions, and this one has ${planned.length}`);
  }
  for (const [index, plan] of planned.entries()) {
    const earlier = before.actions[index];
    if (earlier) takeOver(name, earlier, plan);
  }
}

async function readFailed(
  name: string,
  namespace: string,
  client: KubernetesClient,
): Promise<ActionSetStatus> {
  const found = await client.get<ActionSet>(ACTION_SETS, { name, namespace }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new Failure('ContinueFromMissing', `ActionSet "${name}", which is to be continued, not found`, {
      hint: `Name an ActionSet of namespace ${namespace} in spec.continueFrom.`,
    });
  });
  const { status } = found;
  if (status?.state !== 'failed') {
    const state = status?.state ?? 'not begun';
    throw new Failure(
      'ContinueFromNotFailed',
      `ActionSet "${name}" is ${state}: only a failed one can be continued`,
      {
        hint:
          state === 'complete'
            ? 'It has done all it had to do.'
            : `Wait for its end, or cancel it: kanctl cancel actionset ${name}.`,
      },
    );
  }
  return { ...status, actions: status.actions ?? [] };
}

function takeOver(from: string, earlier: ActionStatus, { spec, status }: PlannedAction): void {
  if (earlier.name !== spec.name) {
    throw mismatch(from, `it has action ${earlier.name} where this one has ${spec.name}`);
  }
  for (const [index, done] of (earlier.phases ?? []).entries()) {
    if (done.state !== 'complete') return;
    const phase = status.phases[index];
    if (phase?.name !== done.name) {
      throw mismatch(
        from,
        `phase ${done.name} of its action ${spec.name} is complete, and the Blueprint has ${phase ? phase.name : 'no phase'} in its place now`,
      );
    }
    status.phases[index] = structuredClone(done);
  }
  if (earlier.phases?.length !== status.phases.length) return;
  // All of its phases were complete: so it is only done again what failed after them.
  if (earlier.deferPhase?.state === 'complete' && earlier.deferPhase.name === status.deferPhase.name)
    status.deferPhase = structuredClone(earlier.deferPhase);
}

function mismatch(name: string, why: string): Failure {
  return new Failure('ContinueFromMismatch', `ActionSet "${name}" can't be continued by this one: ${why}`, {
    hint: 'Give the same actions in the same order; phases before the failed one must keep their names and places in the Blueprint.',
  });
}
