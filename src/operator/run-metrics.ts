import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ObservedAction, ObservedPhase, Outcome, RunObserver, Span } from '../engine/observer.ts';
import { limitLabels } from './label-limit.ts';

/** Seconds: the lone write of a status, and the night that a large restore takes. */
const DURATION_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10_800, 21_600];

/** Functions, and reasons of failures: there are a few dozens, and functions of others may bring some. */
const MAX_WORDS = 100;

const ACTION_LABELS = ['namespace', 'blueprint', 'action'] as const;
const PHASE_LABELS = [...ACTION_LABELS, 'phase', 'function'] as const;

/**
 * What ActionSets, actions and phases did, counted by what their Blueprints name; an ActionSet's own name is no label, because each backup has
 * another one.
 * @param labelLimit how many Blueprints' actions, and how many phases, are told apart; see {@link limitLabels}
 */
export function createRunMetrics(registry: Registry, labelLimit: number): RunObserver {
  const metrics = registerMetrics(registry);
  const labels = createLabels(labelLimit);

  return {
    actionSetEnded: (ended) => {
      metrics.actionSetDuration.observe({ outcome: ended.outcome }, secondsOf(ended));
    },
    actionEnded: (ended) => {
      const action = labels.action(ended);
      metrics.actionDuration.observe({ ...action, outcome: ended.outcome }, secondsOf(ended));
      if (ended.outcome === 'complete') metrics.lastSuccess.set(action, ended.end.getTime() / 1000);
      if (ended.outcome === 'failed')
        metrics.actionFailures.inc({ ...action, reason: labels.reason(ended.reason) });
    },
    phaseEnded: (ended) => {
      const phase = labels.phase(ended);
      metrics.phaseDuration.observe({ ...phase, outcome: ended.outcome }, secondsOf(ended));
      if (ended.bytes !== undefined && ended.bytes > 0) metrics.bytes.inc(phase, ended.bytes);
      if (ended.outcome === 'failed')
        metrics.phaseFailures.inc({ ...phase, reason: labels.reason(ended.reason) });
    },
    attemptEnded: (ended) => {
      metrics.attempts.inc({ ...labels.phase(ended), outcome: ended.outcome });
    },
    // Steps have no bounded set of names: they are in traces.
    stepEnded: () => undefined,
    phaseRunning: (phase) => {
      const running = labels.phase(phase);
      metrics.running.inc(running);
      let left = false;
      return () => {
        if (!left) metrics.running.dec(running);
        left = true;
      };
    },
  };
}

function registerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    actionSetDuration: new Histogram({
      name: 'kanister_operator_actionset_duration_seconds',
      help: 'From the start of an ActionSet to its terminal state, across restarts of the operator',
      labelNames: ['outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    actionDuration: new Histogram({
      name: 'kanister_operator_action_duration_seconds',
      help: 'From the start of an action to the end of its deferPhase',
      labelNames: [...ACTION_LABELS, 'outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    actionFailures: new Counter({
      name: 'kanister_operator_action_failures_total',
      help: 'Actions that failed, by the reason of their failure',
      labelNames: [...ACTION_LABELS, 'reason'],
      registers,
    }),
    lastSuccess: new Gauge({
      name: 'kanister_operator_action_last_success_timestamp_seconds',
      help: 'Unix time at which the action last completed under this process',
      labelNames: ACTION_LABELS,
      registers,
    }),
    phaseDuration: new Histogram({
      name: 'kanister_operator_phase_duration_seconds',
      help: 'Duration of a phase with all its attempts',
      labelNames: [...PHASE_LABELS, 'outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    attempts: new Counter({
      name: 'kanister_operator_phase_attempts_total',
      help: 'Attempts of phases that ended',
      labelNames: [...PHASE_LABELS, 'outcome'],
      registers,
    }),
    phaseFailures: new Counter({
      name: 'kanister_operator_phase_failures_total',
      help: 'Phases that failed after their last attempt, by the reason of their failure',
      labelNames: [...PHASE_LABELS, 'reason'],
      registers,
    }),
    bytes: new Counter({
      name: 'kanister_operator_phase_bytes_total',
      help: 'Bytes that ended phases have moved, where their function knows',
      labelNames: PHASE_LABELS,
      registers,
    }),
    running: new Gauge({
      name: 'kanister_operator_phases_running',
      help: 'Phases that this process has begun or gone on with, and not left yet',
      labelNames: PHASE_LABELS,
      registers,
    }),
  };
}

type ActionLabels = Record<(typeof ACTION_LABELS)[number], string>;
type PhaseLabels = Record<(typeof PHASE_LABELS)[number], string>;

function createLabels(labelLimit: number) {
  const action = limitLabels<keyof ActionLabels>(labelLimit);
  const phase = limitLabels<keyof ActionLabels | 'phase'>(labelLimit);
  const functions = limitLabels<'function'>(MAX_WORDS);
  const reasons = limitLabels<'reason'>(MAX_WORDS);
  return {
    action: (observed: ObservedAction): ActionLabels => action(actionLabels(observed)),
    phase: (observed: ObservedPhase): PhaseLabels => ({
      ...phase({ ...actionLabels(observed), phase: observed.phase }),
      ...functions({ function: observed.function }),
    }),
    reason: (reason: Extract<Outcome, { reason: string }>['reason']) => reasons({ reason }).reason,
  };
}

function actionLabels({ actionSet, blueprint, action }: ObservedAction): ActionLabels {
  return { namespace: actionSet.namespace, blueprint, action };
}

/** Wall-clock times of two processes, which may disagree. */
function secondsOf({ start, end }: Span): number {
  return Math.max(0, end.getTime() - start.getTime()) / 1000;
}
