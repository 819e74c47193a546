import { isDeepStrictEqual } from 'node:util';
import type { ActionSet } from '../../src/api/kanister/types.ts';
import type { StoredState } from '../../src/sandbox/apiserver/store.ts';
import { baseCluster } from './base-cluster.ts';
import { isSplitBrain, planOfSeed, singleCrashes, undisturbed, type CrashPlan } from './crash-plan.ts';
import { withoutRealTime } from './forbidden-globals.ts';
import type { PlantedSeam, System } from './operator-lives.ts';
import { isUnknown, outcomeOf } from './outcome.ts';
import type { Recording } from './recorded-journals.ts';
import { runScenario, type RunResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { seededRandom } from './seeded-random.ts';
import * as realSystem from './system-under-test.ts';

export interface Verdict {
  plan: CrashPlan;
  /** None: the run kept every promise. */
  violations: string[];
  result: RunResult;
}

export interface CrashSuite {
  planOf(seed: number): Promise<CrashPlan>;
  /** Every call of the scenario's undisturbed run × every kind of crash that makes a difference. */
  singles(scenario: string): Promise<CrashPlan[]>;
  run(plan: CrashPlan, how?: RunHow): Promise<Verdict>;
}

export interface RunHow {
  /** Whether the trace is kept for people. */
  keepsLines?: boolean;
  /** Whether it ends with the first process. */
  untilCrash?: boolean;
  /** Where the run goes on that another release began. */
  recording?: Recording;
}

export interface SuiteOptions {
  scenarios: readonly Scenario[];
  /** With a defect in it; the real one when absent. */
  system?: System;
  seam?: PlantedSeam;
}

export function createCrashSuite({ scenarios, system = realSystem, seam }: SuiteOptions): CrashSuite {
  const bases = new Map<boolean, Promise<StoredState>>();
  const baselines = new Map<string, Promise<RunResult>>();

  const baseOf = ({ originalCrds = false }: Scenario) =>
    remembered(bases, originalCrds, () => baseCluster({ originalCrds }));

  const scenarioOf = (name: string) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Error(`no scenario is called "${name}"`);
    return found;
  };

  const runWith = async (
    plan: CrashPlan,
    how: RunHow & Pick<Parameters<typeof runScenario>[0], 'system' | 'seam'>,
  ) => {
    const scenario = scenarioOf(plan.scenario);
    const base = await baseOf(scenario);
    return withoutRealTime(seededRandom(plan.seed, 'crypto'), () =>
      runScenario({ scenario, plan, base, ...how }),
    );
  };

  const baselineOf = (name: string) =>
    remembered(baselines, name, async () => {
      const result = await runWith(undisturbed(name), { system: realSystem });
      if (result.violations.length > 0)
        throw new Error(`"${name}" fails without any crash: ${result.violations.join('; ')}`);
      return result;
    });

  return {
    async planOf(seed) {
      const chosen = scenarios[seed % scenarios.length];
      // What takes long is run once in ten of its turns.
      const scenario = chosen?.isHeavy && (seed / scenarios.length) % 10 >= 1 ? scenarios[0] : chosen;
      if (scenario === undefined) throw new Error('there are no scenarios');
      const { calls, time } = await baselineOf(scenario.name);
      return planOfSeed(seededRandom(seed, 'plan'), seed, scenario.name, { calls: calls[0] ?? 0, time });
    },
    async singles(name) {
      const { calls, reads } = await baselineOf(name);
      return singleCrashes(name, calls[0] ?? 0, reads);
    },
    async run(plan, how = {}) {
      const baseline = await baselineOf(plan.scenario);
      const result = await runWith(plan, { system, seam, ...how });
      const violations = [
        ...result.violations,
        ...otherEffects(scenarioOf(plan.scenario), baseline, result),
        ...otherEnds(scenarioOf(plan.scenario), plan, baseline, result, how.recording !== undefined),
      ];
      return { plan, violations, result };
    },
  };
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** What no undisturbed run does, none may do. */
function otherEffects({ outcomeVaries }: Scenario, baseline: RunResult, result: RunResult): string[] {
  if (outcomeVaries) return [];
  const others = [...result.effects.keys()].filter((key) => !baseline.effects.has(key));
  return others.map((key) => `I2: ${key} was done, which a run without crashes does not do`);
}

/** I4: it ends as it does without crashes, or says that nobody knows how far it came, where that can be. */
function otherEnds(
  scenario: Scenario,
  plan: CrashPlan,
  baseline: RunResult,
  result: RunResult,
  isGoneOn: boolean,
): string[] {
  return baseline.actionSets.flatMap((expected) => {
    const name = expected.actionSet.metadata.name;
    const found = result.actionSets.find(({ actionSet }) => actionSet.metadata.name === name);
    if (found === undefined) return [`${name} is nowhere`];
    if (scenario.runsDeferPhase) return withoutDeferPhase(found.actionSet);
    if (scenario.outcomeVaries) return [];
    if (found.isGone !== expected.isGone) return [`I4: ${name} is ${found.isGone ? '' : 'not '}gone`];
    if (expected.isGone || (isGoneOn && isUnknown(found.actionSet))) return [];
    if (isAllowedEnd(scenario, plan, found.actionSet, expected.actionSet)) return [];
    return [`I4: ${name} ended otherwise than without crashes: ${JSON.stringify(found.actionSet.status)}`];
  });
}

function withoutDeferPhase({ metadata, status }: ActionSet): string[] {
  const forgotten = status?.actions.filter(
    ({ phases, deferPhase }) =>
      phases.some(({ state }) => state !== 'pending') && !['complete', 'failed'].includes(deferPhase.state),
  );
  return (forgotten ?? []).map(
    ({ name }) =>
      `I3: ${metadata.name} ended without the deferPhase of action ${name}: ${JSON.stringify(status)}`,
  );
}

function isAllowedEnd(scenario: Scenario, plan: CrashPlan, found: ActionSet, expected: ActionSet): boolean {
  if (isDeepStrictEqual(outcomeOf(found), outcomeOf(expected))) return true;
  if (found.status?.state !== 'failed') return false;
  const troubles = plan.incidents.map(({ trouble }) => trouble);
  if (isUnknown(found)) return scenario.mayBeUnknown === true && (troubles.length > 0 || isSplitBrain(plan));
  return (
    scenario.mayFailOnTrouble === true &&
    troubles.some((trouble) => trouble.startsWith('refused') || trouble === 'lost-answer')
  );
}
