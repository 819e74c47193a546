import { describe, expect, it } from 'vitest';
import { readPage } from '../../../test/support/page-documents.ts';
import { compileGoTemplateCondition } from './go-template-condition.ts';

const deployment = {
  spec: { replicas: 3 },
  status: { readyReplicas: 3, conditions: [{ type: 'Available', status: 'True' }] },
};
const evaluate = (condition: string, object: unknown = deployment) =>
  compileGoTemplateCondition(condition).evaluate(object);

describe('a condition of WaitV2', () => {
  it.each([
    ['{{ eq .spec.replicas .status.readyReplicas }}'],
    ['{{ eq $.spec.replicas 3 }}'],
    ['{{ eq .spec.replicas 3.0 }}'],
    ['{{ printf "%.0f" .spec.replicas | eq "3" }}'],
    ['{{ printf "%d" .spec.replicas | eq "3" }}'],
    ['\n {{ exists . "spec" "replicas" }}\t'],
    [
      '{{ $ok := false }}{{ range $c := $.status.conditions }}{{ if and (eq .type "Available") (eq .status "True") }}{{ $ok = true }}{{ end }}{{ end }}{{ $ok }}',
    ],
  ])('holds where it prints true: %s', (condition) => {
    expect(evaluate(condition)).toEqual({ holds: true });
  });

  it.each([
    ['{{ eq .spec.replicas 4 }}', { holds: false, printed: 'false' }],
    ['{{ .spec.paused }}', { holds: false, printed: '<no value>' }],
    ['true and more', { holds: false, printed: 'true and more' }],
    ['', { holds: false, printed: '' }],
  ])('does not hold where it prints anything else: %s', (condition, verdict) => {
    expect(evaluate(condition)).toEqual(verdict);
  });

  it('does not hold where it fails, and says why', () => {
    expect(evaluate('{{ eq .spec.replicas "3" }}')).toMatchObject({
      error: expect.stringContaining('incompatible types for comparison'),
    });
  });

  it('that does not parse can hold for nothing; it has no functions of sprig', () => {
    const condition = compileGoTemplateCondition('{{ upper .kind }}');
    expect(condition.fault).toBe('template: output:1: function "upper" not defined');
    expect(condition.evaluate({})).toEqual({ holds: false, error: condition.fault });
  });

  const page = readPage('functions/prose/wait-v2.md');
  const rows = [...page.matchAll(/^\| `(\{\{.*\}\})` \| (holds|does not hold) \|$/gm)];
  it.each(rows.map(([, condition = '', verdict]) => [condition, verdict]))(
    'is of an object whose fields are missing what its page says: %s %s',
    (condition, verdict) => {
      for (const object of [{}, { status: {} }])
        expect(evaluate(condition, object).holds, JSON.stringify(object)).toBe(verdict === 'holds');
    },
  );

  it('that asks for a field first holds once it is there, as its page says', () => {
    const asking = rows.map(([, condition = '']) => condition).filter((text) => text.includes('exists'));
    expect(asking).toHaveLength(2);
    const object = { status: { phase: 'Ready', replicas: 2, readyReplicas: 2 } };
    for (const condition of asking) expect(evaluate(condition, object)).toEqual({ holds: true });
  });

  it('is told of where it holds for an object with nothing in it', () => {
    const vacuity = (condition: string) => compileGoTemplateCondition(condition).vacuity();
    expect(vacuity('{{ ne .status.phase "Failed" }}')).toMatch(/^true even for an object with nothing in it/);
    expect(vacuity('{{ and (exists . "status" "phase") (ne .status.phase "Failed") }}')).toBeUndefined();
  });
});
