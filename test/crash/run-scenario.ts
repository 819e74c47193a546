import type { ActionSet } from '../../src/api/kanister/types.ts';
import type { StoredState } from '../../src/sandbox/apiserver/store.ts';
import { isSplitBrain, type CrashPlan } from './crash-plan.ts';
import { createEventQueue } from './event-queue.ts';
import { createOperatorLives, type PlantedSeam, type System } from './operator-lives.ts';
import type { Recording } from './recorded-journals.ts';
import type { Scenario } from './scenario.ts';
import { createSimulatedWorld } from './simulated-world.ts';

export interface RunOptions {
  scenario: Scenario;
  plan: CrashPlan;
  base: StoredState;
  system: System;
  seam?: PlantedSeam | undefined;
  /** Where the run goes on that another release began. */
  recording?: Recording | undefined;
  /** Whether it ends with the first process. */
  untilCrash?: boolean;
  /** Whether the trace is kept for people. */
  keepsLines?: boolean;
}

export interface RunResult {
  violations: string[];
  /** All that the API server held at the end. */
  state: StoredState;
  /** As they were last stored. */
  actionSets: { actionSet: ActionSet; isGone: boolean }[];
  /** How often each effect was done. */
  effects: ReadonlyMap<string, number>;
  /** Of the trace. */
  hash: string;
  lines: readonly string[];
  /** Calls that each process began. */
  calls: number[];
  /** Those calls of the first process that change nothing. */
  reads: ReadonlySet<number>;
  /** Milliseconds of virtual time. */
  time: number;
}

/** Milliseconds of virtual time within which every run must have come to its end, whatever happened to it. */
const PATIENCE = 4 * 3_600_000;
/** Milliseconds for which it is looked at after its end: nothing may follow. What the dead have sent takes a minute. */
const AFTERMATH = 3_000;
const LATE_AFTERMATH = 65_000;
/** Milliseconds that a stopping process may take. */
const STOPPING = 30_000;

/** Runs one scenario with one plan, from its cluster's beginning to the end of all its ActionSets and of all processes. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
  const { scenario, plan, base, system, seam, recording } = options;
  const queue = createEventQueue(options.keepsLines ?? false);
  const violations: string[] = [];
  const violation = (text: string) => {
    queue.note(`VIOLATION ${text}`);
    if (!violations.includes(text)) violations.push(text);
  };
  const overlapping = isSplitBrain(plan);
  const world = await createSimulatedWorld({ scenario, queue, base, overlapping, recording, violation });
  const operator = createOperatorLives({ world, queue, plan, system, seam, violation });
  operator.start();
  if (plan.secondAt !== undefined) queue.after(plan.secondAt, () => operator.start());

  const isOver = () =>
    options.untilCrash ? operator.all().some((process) => process.isDead()) : world.isOver();
  if ((await queue.run(isOver, PATIENCE)) !== 'done') {
    const states = world.actionSets().map(({ actionSet }) => JSON.stringify(actionSet.status));
    violation(`stuck: after ${PATIENCE / 3_600_000} hours there is ${states.join(', ')}`);
  }
  if (!options.untilCrash) await queue.run(() => false, queue.now() + AFTERMATH);
  operator.stop();
  if ((await queue.run(() => operator.living().length === 0, queue.now() + STOPPING)) !== 'done') {
    for (const process of operator.living())
      violation(`process ${process.index} does not stop: ${process.open().join(', ')}`);
  }
  if (operator.all().some((process) => process.isLate()))
    await queue.run(() => false, queue.now() + LATE_AFTERMATH);
  for (const left of world.leftovers()) violation(`left behind: ${left}`);
  for (const { actionSet, isGone } of options.untilCrash ? [] : world.actionSets()) {
    if (isGone) continue;
    const fault = scenario.faultAtEnd?.(world.history.objects, actionSet.status?.error.message ?? '');
    if (fault !== undefined) violation(`at the end: ${fault}`);
  }
  world.close();
  const result: RunResult = {
    violations,
    state: world.history.state(),
    actionSets: world.actionSets(),
    effects: world.invariants.effects,
    hash: queue.hash(),
    lines: queue.lines,
    calls: operator.all().map((process) => process.calls()),
    reads: operator.all()[0]?.reads() ?? new Set(),
    time: queue.now(),
  };
  operator.bury();
  return result;
}
