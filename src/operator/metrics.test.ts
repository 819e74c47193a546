import { describe, expect, it } from 'vitest';
import { parseMetrics, type ParsedFamily } from '../../test/support/parse-metrics.ts';
import type { ObservedPhase } from '../engine/observer.ts';
import { writeExposition } from './exposition.ts';
import { createMetrics, type OperatorMetrics } from './metrics.ts';

const PROMETHEUS_ASKS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

const phase: ObservedPhase = {
  actionSet: { namespace: 'kanister', name: 'backup-7', uid: 'uid-7' },
  index: 0,
  blueprint: 'postgres',
  action: 'backup',
  position: 0,
  phase: 'dump',
  function: 'KubeTask',
};
const lasting = (seconds: number) => ({
  start: new Date('2026-03-01T10:00:00Z'),
  end: new Date(Date.UTC(2026, 2, 1, 10) + seconds * 1000),
});

function metricsOf(options: Partial<Parameters<typeof createMetrics>[0]> = {}): OperatorMetrics {
  return createMetrics({ resolutions: true, labelLimit: 10, version: '1.2.3', ...options });
}

async function scrape({ registry }: OperatorMetrics, form: 'prometheus' | 'openmetrics' = 'prometheus') {
  const { text } = await writeExposition(registry, form === 'openmetrics' ? PROMETHEUS_ASKS : undefined);
  const families = parseMetrics(text, form);
  return {
    families,
    values: (name: string) => samples(families, name),
  };
}

function samples(families: ParsedFamily[], name: string): [object, number][] {
  return families
    .flatMap((family) => family.samples)
    .filter((sample) => sample.name === name)
    .map(({ labels, value }) => [labels, value]);
}

const ACTION = { namespace: 'kanister', blueprint: 'postgres', action: 'backup' };
const PHASE = { ...ACTION, phase: 'dump', function: 'KubeTask' };

describe('the metrics of runs', () => {
  it('tell of actions how long they took, why they failed, and when one last completed', async () => {
    const metrics = metricsOf();
    metrics.observer.actionEnded({ ...phase, ...lasting(90), outcome: 'complete' });
    metrics.observer.actionEnded({ ...phase, ...lasting(8 * 3600), outcome: 'failed', reason: 'PodFailed' });
    metrics.observer.actionSetEnded({ ...phase.actionSet, ...lasting(90), outcome: 'complete' });
    const { values } = await scrape(metrics);
    expect(values('kanister_operator_action_duration_seconds_sum')).toEqual([
      [{ ...ACTION, outcome: 'complete' }, 90],
      [{ ...ACTION, outcome: 'failed' }, 28_800],
    ]);
    const buckets = values('kanister_operator_action_duration_seconds_bucket');
    expect(buckets).toContainEqual([{ ...ACTION, outcome: 'complete', le: '60' }, 0]);
    expect(buckets).toContainEqual([{ ...ACTION, outcome: 'complete', le: '180' }, 1]);
    expect(buckets).toContainEqual([{ ...ACTION, outcome: 'failed', le: '21600' }, 0]);
    expect(values('kanister_operator_action_failures_total')).toEqual([
      [{ ...ACTION, reason: 'PodFailed' }, 1],
    ]);
    expect(values('kanister_operator_action_last_success_timestamp_seconds')).toEqual([
      [ACTION, Date.UTC(2026, 2, 1, 10, 1, 30) / 1000],
    ]);
    expect(values('kanister_operator_actionset_duration_seconds_count')).toEqual([
      [{ outcome: 'complete' }, 1],
    ]);
  });

  it('tell of phases how often they were tried, what they moved, and how many run', async () => {
    const metrics = metricsOf();
    const leave = metrics.observer.phaseRunning(phase);
    metrics.observer.phaseRunning(phase);
    metrics.observer.attemptEnded({
      ...phase,
      ...lasting(1),
      outcome: 'failed',
      reason: 'PodFailed',
      attempt: 1,
    });
    metrics.observer.attemptEnded({ ...phase, ...lasting(1), outcome: 'complete', attempt: 2 });
    metrics.observer.phaseEnded({ ...phase, ...lasting(2), outcome: 'complete', attempts: 2, bytes: 5e9 });
    metrics.observer.phaseEnded({
      ...phase,
      ...lasting(2),
      outcome: 'failed',
      reason: 'Cancelled',
      attempts: 0,
    });
    metrics.observer.phaseEnded({ ...phase, ...lasting(0), outcome: 'skipped', attempts: 0 });
    leave();
    leave();
    const { values } = await scrape(metrics);
    expect(values('kanister_operator_phase_attempts_total')).toEqual([
      [{ ...PHASE, outcome: 'failed' }, 1],
      [{ ...PHASE, outcome: 'complete' }, 1],
    ]);
    expect(values('kanister_operator_phase_duration_seconds_count')).toEqual([
      [{ ...PHASE, outcome: 'complete' }, 1],
      [{ ...PHASE, outcome: 'failed' }, 1],
      [{ ...PHASE, outcome: 'skipped' }, 1],
    ]);
    expect(values('kanister_operator_phase_failures_total')).toEqual([
      [{ ...PHASE, reason: 'Cancelled' }, 1],
    ]);
    expect(values('kanister_operator_phase_bytes_total')).toEqual([[PHASE, 5e9]]);
    expect(values('kanister_operator_phases_running')).toEqual([[PHASE, 1]]);
  });

  it('have no label that an ActionSet’s name or UID is in', async () => {
    const metrics = metricsOf();
    metrics.observer.actionSetEnded({ ...phase.actionSet, ...lasting(1), outcome: 'complete' });
    metrics.observer.phaseEnded({ ...phase, ...lasting(1), outcome: 'complete', attempts: 1 });
    const { text } = await writeExposition(metrics.registry, undefined);
    expect(text).not.toMatch(/backup-7|uid-7/);
  });

  it('tell only so many phases apart, and count all further ones as "other"', async () => {
    const metrics = metricsOf({ labelLimit: 3 });
    for (let made = 0; made < 500; made += 1)
      metrics.observer.phaseEnded({
        ...phase,
        blueprint: `made-${made}`,
        ...lasting(1),
        outcome: 'failed',
        reason: `Reason${made}`,
        attempts: 1,
      });
    const { values } = await scrape(metrics);
    const counted = values('kanister_operator_phase_duration_seconds_count');
    expect(counted).toHaveLength(4);
    expect(counted.at(-1)).toEqual([
      {
        namespace: 'other',
        blueprint: 'other',
        action: 'other',
        phase: 'other',
        function: 'KubeTask',
        outcome: 'failed',
      },
      497,
    ]);
    expect(values('kanister_operator_phase_failures_total').length).toBeLessThanOrEqual(101 + 3);
  });

  it('do not show a value of endless length', async () => {
    const metrics = metricsOf();
    metrics.observer.actionEnded({
      ...phase,
      action: 'x'.repeat(10_000),
      ...lasting(1),
      outcome: 'complete',
    });
    const { text } = await writeExposition(metrics.registry, undefined);
    expect(text).not.toContain('xxx');
    expect(text).toContain('action="other"');
  });

  it('do not go backwards with the clock', async () => {
    const metrics = metricsOf();
    metrics.observer.actionEnded({ ...phase, ...lasting(-5), outcome: 'complete' });
    const { values } = await scrape(metrics);
    expect(values('kanister_operator_action_duration_seconds_sum')[0]?.[1]).toBe(0);
  });

  it('show who leads, and how full the places are at the time of the scrape', async () => {
    const metrics = metricsOf();
    const places = { taken: 0, waiting: 0 };
    metrics.watchPlaces(places);
    const before = await scrape(metrics);
    expect(before.values('kanister_operator_leader')).toEqual([[{}, 0]]);
    metrics.leading(true);
    Object.assign(places, { taken: 64, waiting: 7 });
    const { values } = await scrape(metrics);
    expect(values('kanister_operator_leader')).toEqual([[{}, 1]]);
    expect(values('kanister_operator_actions_working')).toEqual([[{}, 64]]);
    expect(values('kanister_operator_actions_queued')).toEqual([[{}, 7]]);
    expect(values('kanister_operator_info')).toEqual([[{ version: '1.2.3' }, 1]]);
  });
});

describe('the original’s counter', () => {
  it('counts actions from zero', async () => {
    const metrics = metricsOf();
    const resolutions = async () =>
      (await scrape(metrics)).values('kanister_action_set_resolutions_total').map(([, value]) => value);
    expect(await resolutions()).toEqual([0, 0]);
    metrics.observer.actionEnded({ ...phase, ...lasting(1), outcome: 'complete' });
    metrics.observer.actionEnded({ ...phase, ...lasting(1), outcome: 'complete' });
    metrics.observer.actionEnded({ ...phase, ...lasting(1), outcome: 'failed', reason: 'Cancelled' });
    metrics.observer.actionEnded({ ...phase, ...lasting(1), outcome: 'skipped' });
    expect(await resolutions()).toEqual([2, 1]);
  });

  it('is there only where it is switched on; the others always are', async () => {
    const { families } = await scrape(metricsOf({ resolutions: false }));
    const names = families.map(({ name }) => name);
    expect(names).not.toContain('kanister_action_set_resolutions_total');
    expect(names).toContain('kanister_operator_phase_duration_seconds');
  });
});

describe('a scrape', () => {
  it('is valid in both forms, which say the same, in whatever order they are asked for', async () => {
    const metrics = metricsOf();
    metrics.observer.actionEnded({
      ...phase,
      action: 'with "quotes", \\ and\nlines',
      ...lasting(0.25),
      outcome: 'complete',
    });
    const known = (families: ParsedFamily[]) =>
      families
        .filter(({ name }) => name.startsWith('kanister_'))
        .flatMap((family) => family.samples)
        .map(({ name, labels: { le, ...labels }, value }) => [name, { ...labels, le: Number(le) }, value]);
    const open = await scrape(metrics, 'openmetrics');
    const text = await scrape(metrics, 'prometheus');
    expect(known(open.families)).toEqual(known(text.families));
    expect(known(text.families).length).toBeGreaterThan(15);
    expect(text.values('kanister_operator_action_last_success_timestamp_seconds')[0]?.[0]).toMatchObject({
      action: 'with "quotes", \\ and\nlines',
    });
    expect(open.families.map(({ name }) => name)).toContain('kanister_action_set_resolutions');
    expect(text.families.map(({ name }) => name)).toContain('kanister_action_set_resolutions_total');
  });

  it.each([
    [PROMETHEUS_ASKS, 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
    [
      'application/openmetrics-text; version=1.0.0',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
    ['application/openmetrics-text;version=1.0.0;q=0', 'text/plain; version=0.0.4; charset=utf-8'],
    ['application/openmetrics-text;version=0.0.1', 'text/plain; version=0.0.4; charset=utf-8'],
    ['application/openmetrics-text', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.9',
      'text/plain; version=0.0.4; charset=utf-8',
    ],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    [undefined, 'text/plain; version=0.0.4; charset=utf-8'],
  ])('that accepts %s is answered with %s', async (accept, contentType) => {
    expect((await writeExposition(metricsOf().registry, accept)).contentType).toBe(contentType);
  });
});
