import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ObservedPhase } from '../src/engine/observer.ts';
import { createMetrics } from '../src/operator/metrics.ts';
import { createRunSpans } from '../src/operator/tracing/run-spans.ts';
import type { TraceSpan } from '../src/operator/tracing/span.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('docs/metrics.md');

/** The rows of the table whose first column is called so. */
function table(heading: string): string[][] {
  const [, rows = ''] = page.split(new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\|\\n`, 'm'));
  return (
    rows
      .split('\n\n')[0]
      ?.trim()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ) ?? []
  );
}

const names = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const inOrder = <Row>(rows: Row[]) =>
  rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

const phase: ObservedPhase = {
  actionSet: { namespace: 'kanister', name: 'backup-7', uid: 'uid-7' },
  index: 0,
  blueprint: 'postgres',
  action: 'backup',
  position: 0,
  phase: 'dump',
  function: 'KubeTask',
};
const failed = {
  ...phase,
  start: new Date(0),
  end: new Date(1),
  outcome: 'failed',
  reason: 'PodFailed',
} as const;

describe('the page on metrics', () => {
  it('has the metrics that there are, with their types and labels', () => {
    const { registry } = createMetrics({ resolutions: true, labelLimit: 1, version: '1' });
    const there = registry
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith('kanister_'))
      .map((metric) => {
        const labels = 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
        return [metric.name, String(metric.type), labels.map(String)];
      });
    const told = table('metric').map(([name, type, labels]) => [names(name)[0], type, names(labels)]);
    expect(inOrder(told)).toEqual(inOrder(there));
    expect(told.length).toBeGreaterThan(10);
  });

  it('names all others by their beginnings', () => {
    const { registry } = createMetrics({ resolutions: true, labelLimit: 1, version: '1' });
    const others = registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => !/^(?:kanister|process|nodejs)_/.test(name));
    expect(others).toEqual([]);
  });

  it('has the attributes that spans have, and which spans those are', () => {
    const spans: TraceSpan[] = [];
    const observer = createRunSpans((span) => spans.push(span));
    observer.actionSetEnded({ ...failed.actionSet, ...failed });
    observer.actionEnded(failed);
    observer.phaseEnded({ ...failed, attempts: 1, bytes: 1 });
    observer.attemptEnded({ ...failed, attempt: 1 });
    observer.stepEnded({ ...failed, attempt: 1, step: 'pod' });
    const kinds = ['all', 'actions and below', 'phases and below', 'attempts and steps', 'steps'];
    const there = new Map<string, string>();
    for (const [depth, { attributes }] of spans.entries())
      for (const name of Object.keys(attributes)) if (!there.has(name)) there.set(name, kinds[depth] ?? '');
    for (const name of ['kanister.attempts', 'kanister.bytes']) there.set(name, 'phases');
    const told = table('attribute').map(([name, on]) => [names(name)[0], on]);
    expect(inOrder(told)).toEqual(inOrder([...there]));
  });

  it('has every environment variable that is read', () => {
    const sources = read('src/operator/tracing/trace-settings.ts');
    const variables = new Set([...sources.matchAll(/\b(OTEL_\w+)\b/g)].map(([, name]) => name));
    const told = table('variable').flatMap(([cell]) => names(cell));
    expect(inOrder(told.filter((name) => name.startsWith('OTEL_')))).toEqual(inOrder([...variables]));
    const settings = read('src/operator/settings.ts');
    const others = told.filter((name) => !name.startsWith('OTEL_'));
    expect(others.filter((name) => !settings.includes(`env['${name}']`))).toEqual([]);
    const compatibility = read('docs/compatibility.md');
    expect(told.filter((name) => !compatibility.includes(`\`${name}\``))).toEqual([]);
  });
});
