import { describe, expect, it } from 'vitest';
import { compareFacts } from './compare-facts.ts';
import { podFacts } from './normalise.ts';
import type { Facts } from './scenario.ts';

const facts = (changed: Partial<Facts> = {}): Facts => ({
  refused: [],
  actionSets: [],
  events: [],
  pods: [],
  execs: [],
  objects: {},
  ...changed,
});

const failed = (message: string, causes: string[] = []): Partial<Facts> => ({
  actionSets: [{ name: 'as', state: 'failed', message, causes, actions: [] }],
});

describe('what a recording says is compared so that', () => {
  it('each field that differs, is missing or is new is told by its place', () => {
    const recorded = facts({
      pods: [{ spec: { image: 'a', tty: true } }],
      objects: { 'ConfigMap n/c': 'there' },
    });
    const here = facts({ pods: [{ spec: { image: 'b', user: 'root' } }] });
    expect(compareFacts(recorded, recorded)).toEqual([]);
    expect(compareFacts(recorded, here)).toEqual([
      { field: 'pods[0].spec.image', recorded: 'a', here: 'b' },
      { field: 'pods[0].spec.tty', recorded: true },
      { field: 'pods[0].spec.user', here: 'root' },
      { field: 'objects.ConfigMap n/c', recorded: 'there' },
    ]);
  });

  it('an error may go on, and has to begin as recorded, with all of its causes', () => {
    const recorded = facts(failed('Pod failed', ['line 1\nline 2\nline 3']));
    expect(compareFacts(recorded, facts(failed('Pod failed: line 2\nline 3\nout (action run)')))).toEqual([]);
    expect(compareFacts(recorded, facts(failed('It failed: line 2')))).toMatchObject([
      { field: 'actionSets[0].message' },
      { field: 'actionSets[0].causes[0]' },
    ]);
    expect(compareFacts(facts(failed('')), facts(failed('surprise')))).toHaveLength(1);
  });

  it('each event is there as often as it was recorded, and no other one', () => {
    const told = 'ActionSet/as: Normal Started Phase ×1: Executing phase p';
    const recorded = facts({ events: [told, 'ActionSet/as: Warning Failed ×1: it failed'] });
    const here = facts({ events: [told, told, 'ActionSet/as: Warning Failed ×1: it failed because'] });
    expect(compareFacts(recorded, here)).toEqual([{ field: 'events', here: told }]);
    expect(compareFacts(recorded, facts({ events: [told] }))).toEqual([
      { field: 'events', recorded: 'ActionSet/as: Warning Failed ×1: it failed' },
    ]);
  });

  it('pods are compared by what is in them, without random names, servers’ defaults and the order of their keys', () => {
    const sent = podFacts({
      metadata: { generateName: 'kanister-job-', namespace: 'app' },
      spec: { restartPolicy: 'Never', dnsPolicy: 'ClusterFirst', containers: [{ name: 'c', resources: {} }] },
    });
    const ours = podFacts({
      spec: { containers: [{ name: 'c' }], restartPolicy: 'Never' },
      metadata: { namespace: 'app', name: 'kanister-job-0f3a9c' },
    });
    const other = { spec: { containers: [] } };
    expect(compareFacts(facts({ pods: [sent, other] }), facts({ pods: [other, ours] }))).toEqual([]);
  });
});
