import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionSet, ActionStatus, HistoryLimits } from '../../api/kanister/types.ts';
import { History } from './history.ts';

/** Actions `backup` and `clean` of the Blueprint `db` keep two of each outcome; `free` keeps all. */
const LIMITS: Record<string, HistoryLimits> = {
  backup: { successful: 2, failed: 2 },
  clean: { successful: 2, failed: 2, includeArtifacts: true },
};

const runs = array(
  record({
    state: constantFrom<'complete' | 'failed'>('complete', 'failed'),
    completed: integer({ min: 0, max: 20 }),
    actions: array(
      record({ name: constantFrom('backup', 'clean', 'free'), object: constantFrom('one', 'two') }),
      { maxLength: 2 },
    ),
    artifacts: constantFrom(false, false, true),
  }),
  { maxLength: 25 },
);

describe('the history of a Blueprint’s action', () => {
  it('loses only those with two newer ones of the same action, object and outcome, and no record of a backup', async () => {
    await assert(
      asyncProperty(runs, async (given) => {
        const actionSets = given.map(({ state, completed, actions, artifacts }, index): ActionSet => ({
          metadata: { name: `as-${index}`, namespace: 'ns', uid: `uid-${index}` },
          status: {
            state,
            completionTime: new Date(completed * 1_000).toISOString(),
            error: { message: '' },
            progress: {},
            actions: actions.map(({ name, object }): ActionStatus => ({
              name,
              blueprint: 'db',
              object: { kind: 'Deployment', name: object, namespace: 'app' },
              phases: [],
              deferPhase: { name: '', state: '', progress: {} },
              ...(artifacts ? { artifacts: { dump: { keyValue: { path: 'p' } } } } : {}),
            })),
          },
        }));
        const history = new History(async (_namespace, { action }) => LIMITS[action]);
        for (const actionSet of [...actionSets, ...actionSets]) await history.count(actionSet);
        const gone = new Set(history.excess().map(({ name }) => name));

        for (const [index, run] of given.entries()) {
          const groups = run.actions.map((action) => ({ ...action, state: run.state }));
          const sameGroup = (other: (typeof given)[number], group: (typeof groups)[number]) =>
            other.state === group.state &&
            (!other.artifacts || group.name === 'clean') &&
            other.actions.some(({ name, object }) => name === group.name && object === group.object);
          const newer = (group: (typeof groups)[number]) =>
            given.filter(
              (other, at) => at !== index && sameGroup(other, group) && other.completed > run.completed,
            );
          const asNew = (group: (typeof groups)[number]) =>
            given.filter(
              (other, at) => at !== index && sameGroup(other, group) && other.completed >= run.completed,
            );
          const hasLimits = ({ name }: { name: string }) =>
            run.artifacts ? name === 'clean' : name !== 'free';
          if (gone.has(`as-${index}`)) {
            expect(groups.length).toBeGreaterThan(0);
            expect(groups.every(hasLimits)).toBe(true);
            for (const group of groups) expect(asNew(group).length).toBeGreaterThanOrEqual(2);
          } else {
            const tooOld = (group: (typeof groups)[number]) => hasLimits(group) && newer(group).length >= 2;
            expect(groups.length > 0 && groups.every(tooOld)).toBe(false);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
