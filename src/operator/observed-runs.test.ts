import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { echo, fail } from '../../test/support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { parseMetrics } from '../../test/support/parse-metrics.ts';
import {
  startTraceCollector,
  type ReceivedSpan,
  type TraceCollector,
} from '../../test/support/trace-collector.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction } from '../engine/function.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { writeExposition } from './exposition.ts';
import { createMetrics, type OperatorMetrics } from './metrics.ts';
import { observers } from './observers.ts';
import { startTracing, type Tracing } from './tracing/tracing.ts';

/** Two steps; `second` is done by the test. */
const twoSteps = (second: (signal: AbortSignal) => Promise<undefined>) =>
  defineFunction({
    name: 'TwoSteps',
    args: {},
    outputs: {},
    permissions: [],
    revision: 1,
    async run(_, { step, signal }) {
      await step('first', () => Promise.resolve(undefined));
      await step('second', () => second(signal));
      return undefined;
    },
  });

/** An operator’s metrics and traces, as its process has them. */
interface Observed {
  metrics: OperatorMetrics;
  tracing: Tracing;
  samples(name: string): Promise<[Record<string, string>, number][]>;
}

describe('a run that is observed', () => {
  let bed: OperatorBed;
  let collector: TraceCollector;
  beforeEach(async () => {
    bed = await createOperatorBed();
    collector = await startTraceCollector();
  });
  afterEach(async () => {
    await bed.close();
    await collector[Symbol.asyncDispose]();
  });

  function observe(): Observed {
    const metrics = createMetrics({ resolutions: true, labelLimit: 10, version: 'test' });
    const tracing = startTracing({
      settings: { env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, version: 'test', podName: 'test' },
      clock: systemClock,
      random: Math.random,
      log: pino({ enabled: false }),
      counts: metrics.spans,
    });
    if (!tracing) throw new Error('there is a collector');
    return {
      metrics,
      tracing,
      async samples(name) {
        const { text } = await writeExposition(metrics.registry, undefined);
        return parseMetrics(text, 'prometheus')
          .flatMap((family) => family.samples)
          .filter((sample) => sample.name === name)
          .map(({ labels, value }) => [labels, value]);
      },
    };
  }

  const watchedBy = ({ metrics, tracing }: Observed) => ({
    observer: observers(metrics.observer, tracing.observer),
    leading: metrics.leading,
    watchPlaces: metrics.watchPlaces,
  });

  it('is counted by what its Blueprint names, and traced from the ActionSet down to its steps', async () => {
    let tries = 0;
    const flaky = twoSteps(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Failure('Flaky', 'not yet')) : Promise.resolve(undefined);
    });
    const observed = observe();
    const operator = bed.start({ functions: [echo, flaky], metrics: watchedBy(observed) });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'TwoSteps', name: 'flaky', retry: { attempts: 3, backoff: '1ms' } },
          { func: 'Echo', name: 'never', args: { value: 'x' }, if: '{{ eq 1 2 }}' },
        ],
        deferPhase: { func: 'Echo', name: 'after', args: { value: 'y' } },
      },
    });
    const { metadata } = await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    expect(await observed.samples('kanister_operator_leader')).toEqual([[{}, 1]]);
    await operator.stop();
    await observed.tracing.close();

    const action = { namespace: 'kanister', blueprint: 'bp', action: 'run' };
    const phase = { ...action, phase: 'flaky', function: 'TwoSteps' };
    expect(await observed.samples('kanister_operator_phase_attempts_total')).toEqual(
      expect.arrayContaining([
        [{ ...phase, outcome: 'failed' }, 1],
        [{ ...phase, outcome: 'complete' }, 1],
      ]),
    );
    expect(await observed.samples('kanister_operator_phase_duration_seconds_count')).toEqual([
      [{ ...phase, outcome: 'complete' }, 1],
      [{ ...action, phase: 'never', function: 'Echo', outcome: 'skipped' }, 1],
      [{ ...action, phase: 'after', function: 'Echo', outcome: 'complete' }, 1],
    ]);
    expect(await observed.samples('kanister_operator_phases_running')).toContainEqual([phase, 0]);
    expect(await observed.samples('kanister_operator_actions_working')).toEqual([[{}, 0]]);
    expect(await observed.samples('kanister_operator_leader')).toEqual([[{}, 0]]);
    expect(await observed.samples('kanister_action_set_resolutions_total')).toContainEqual([
      { resolution: 'success' },
      1,
    ]);

    const { spans } = collector;
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(
      new Set([metadata.uid?.replaceAll('-', '')]),
    );
    expect(tree(spans)).toEqual([
      'ActionSet',
      '  action run',
      '    phase flaky',
      '      attempt 1 failed Flaky',
      '        step first',
      '        step second failed Flaky',
      '      attempt 2',
      '        step first',
      '        step second',
      '    phase never skipped',
      '    phase after',
      '      attempt 1',
    ]);
  });

  it('shows why it failed, and nothing that its arguments or messages hold', async () => {
    const observed = observe();
    const operator = bed.start({ functions: [fail], metrics: watchedBy(observed) });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Fail', name: 'boom', args: { message: 'hunter2', hint: 'hunter2' } }] },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('failed');
    await operator.stop();
    await observed.tracing.close();
    expect(tree(collector.spans)).toEqual([
      'ActionSet failed Failed',
      '  action run failed Failed',
      '    phase boom failed Failed',
      '      attempt 1 failed Failed',
    ]);
    expect(await observed.samples('kanister_operator_phase_failures_total')).toEqual([
      [
        {
          namespace: 'kanister',
          blueprint: 'bp',
          action: 'run',
          phase: 'boom',
          function: 'Fail',
          reason: 'Failed',
        },
        1,
      ],
    ]);
    const shown = JSON.stringify(collector.spans, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(shown + (await writeExposition(observed.metrics.registry, undefined)).text).not.toContain(
      'hunter2',
    );
  });

  it('is one trace, although two operators worked on it, and no step is told twice', async () => {
    let begun = () => {};
    const isAtSecond = new Promise<void>((resolve) => (begun = resolve));
    const stuck = twoSteps(async (signal) => {
      begun();
      await systemClock.sleep(60_000, signal);
      return undefined;
    });
    const first = observe();
    const operator = bed.start({ functions: [stuck], metrics: watchedBy(first) });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'TwoSteps', name: 'long' }] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await isAtSecond;
    const running = await first.samples('kanister_operator_phases_running');
    expect(running.map(([, value]) => value)).toEqual([1]);
    await operator.stop();
    await first.tracing.close();
    expect(collector.spans.map(({ name }) => name)).toEqual(['step first']);

    const second = observe();
    const successor = bed.start({
      functions: [twoSteps(() => Promise.resolve(undefined))],
      metrics: watchedBy(second),
    });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('complete');
    await successor.stop();
    await second.tracing.close();
    expect(tree(collector.spans)).toEqual([
      'ActionSet',
      '  action run',
      '    phase long',
      '      attempt 1',
      '        step first',
      '        step second',
    ]);
    const start = (name: string) => collector.spans.find((span) => span.name === name)?.start ?? 0n;
    expect(start('attempt 1')).toBeLessThanOrEqual(start('step first'));
    expect(await first.samples('kanister_operator_phase_duration_seconds_count')).toEqual([]);
    expect((await second.samples('kanister_operator_phase_duration_seconds_count'))[0]?.[1]).toBe(1);
  });
});

/** Each span below its parent, in the order of their starts; a span without its parent is not shown. */
function tree(spans: ReceivedSpan[], parent = '', indent = ''): string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .toSorted((one, other) => Number(one.start - other.start))
    .flatMap(({ name, spanId, status, attributes }) => {
      const outcome = attributes['kanister.outcome'];
      const shown = outcome === 'complete' ? '' : ` ${outcome}`;
      return [
        `${indent}${name}${shown}${status.code === 2 ? ` ${status.message}` : ''}`,
        ...tree(spans, spanId, `${indent}  `),
      ];
    });
}
