import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { RunObserver } from '../engine/observer.ts';
import type { Places } from '../engine/places.ts';
import { createRunMetrics } from './run-metrics.ts';

export interface OperatorMetrics {
  registry: Registry;
  /** What runs tell is counted. */
  observer: RunObserver;
  /** From now on this process leads, or does not. */
  leading(leads: boolean): void;
  /** The places whose use is shown from now on. */
  watchPlaces(places: Pick<Places, 'taken' | 'waiting'>): void;
  spans: SpanCounts;
}

/** What became of the spans of traces. */
export interface SpanCounts {
  exported(count: number): void;
  /** `queue`: more than could be sent; `refused`: the collector would not have them; `unreachable`: it could not be had. */
  dropped(reason: SpanLoss, count: number): void;
}

export type SpanLoss = 'queue' | 'refused' | 'unreachable';

export interface MetricsOptions {
  /** Whether the original's one counter is there. */
  resolutions: boolean;
  /** How many Blueprints' actions, and how many phases, are told apart. */
  labelLimit: number;
  version: string;
}

/** Everything that /metrics shows: what the operator does, the original's counter where it is switched on, and the process's own figures. */
export function createMetrics({ resolutions, labelLimit, version }: MetricsOptions): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const runs = createRunMetrics(registry, labelLimit);
  const own = registerOwn(registry);
  own.info.set({ version }, 1);
  for (const reason of ['queue', 'refused', 'unreachable']) own.spansDropped.inc({ reason }, 0);
  return {
    registry,
    observer: resolutions ? withResolutions(runs, registry) : runs,
    leading: (leads) => own.leader.set(leads ? 1 : 0),
    watchPlaces: own.watchPlaces,
    spans: {
      exported: (count) => own.spansExported.inc(count),
      dropped: (reason, count) => own.spansDropped.inc({ reason }, count),
    },
  };
}

function registerOwn(registry: Registry) {
  const registers = [registry];
  let places: Pick<Places, 'taken' | 'waiting'> = { taken: 0, waiting: 0 };
  return {
    watchPlaces: (used: Pick<Places, 'taken' | 'waiting'>) => {
      places = used;
    },
    working: new Gauge({
      name: 'kanister_operator_actions_working',
      help: 'Actions that have a place to work; one that only waits for something has none',
      registers,
      collect() {
        this.set(places.taken);
      },
    }),
    queued: new Gauge({
      name: 'kanister_operator_actions_queued',
      help: 'Actions that wait for a place to work',
      registers,
      collect() {
        this.set(places.waiting);
      },
    }),
    info: new Gauge({
      name: 'kanister_operator_info',
      help: 'Always 1; the label says which version runs',
      labelNames: ['version'],
      registers,
    }),
    leader: new Gauge({
      name: 'kanister_operator_leader',
      help: '1 where this process leads, 0 where it stands by',
      registers,
    }),
    spansExported: new Counter({
      name: 'kanister_operator_spans_exported_total',
      help: 'Spans of traces that the collector has accepted',
      registers,
    }),
    spansDropped: new Counter({
      name: 'kanister_operator_spans_dropped_total',
      help: 'Spans of traces that were given up',
      labelNames: ['reason'],
      registers,
    }),
  };
}

/** The original counts actions, although its counter speaks of ActionSets; a skipped action is one that it does not have. */
function withResolutions(runs: RunObserver, registry: Registry): RunObserver {
  const resolutions = new Counter({
    name: 'kanister_action_set_resolutions_total',
    help: 'Total number of action set resolutions',
    labelNames: ['resolution'],
    registers: [registry],
  });
  for (const resolution of ['success', 'failure']) resolutions.inc({ resolution }, 0);
  return {
    ...runs,
    actionEnded: (ended) => {
      runs.actionEnded(ended);
      if (ended.outcome === 'complete') resolutions.inc({ resolution: 'success' });
      if (ended.outcome === 'failed') resolutions.inc({ resolution: 'failure' });
    },
  };
}
