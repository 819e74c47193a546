import { describe, expect, it } from 'vitest';
import type { BlueprintPhase } from '../api/kanister/types.ts';
import { string } from './arguments.ts';
import { Failure } from './failure.ts';
import { defineFunction } from './function.ts';
import { createRegistry } from './registry.ts';
import { validateBlueprint } from './validate-blueprint.ts';

const registry = createRegistry([
  defineFunction({
    name: 'KubeTask',
    args: { image: string({ required: true, doc: 'image of the pod' }) },
    outputs: 'markers',
    permissions: [],
    revision: 1,
    validate(raw) {
      if (raw['image'] === 'forbidden') throw new Failure('Forbidden', 'not this image');
    },
    run: async () => undefined,
  }),
]);
const phase = (name: string, overrides: Partial<BlueprintPhase> = {}): BlueprintPhase => ({
  func: 'KubeTask',
  name,
  args: { image: 'busybox' },
  ...overrides,
});
const validate = (actions: Parameters<typeof validateBlueprint>[0]['actions']) => {
  const { stages, failures } = validateBlueprint({ actions }, registry);
  return {
    stages: stages.map(({ name, failure }) => `${failure ? 'failed' : 'passed'} ${name}`),
    failures: failures.map(({ message }) => message),
  };
};

describe('validating a Blueprint', () => {
  it('passes each phase, the deferPhase of an action first, in a stable order', () => {
    expect(
      validate({
        restore: { phases: [phase('r1')] },
        backup: { phases: [phase('p1'), phase('p2')], deferPhase: phase('d') },
      }),
    ).toEqual({
      stages: [
        'passed validation of phase d in action backup',
        'passed validation of phase p1 in action backup',
        'passed validation of phase p2 in action backup',
        'passed validation of phase r1 in action restore',
      ],
      failures: [],
    });
  });

  it('reports every mistake, not only the first', () => {
    const result = validate({
      backup: { phases: [phase('p1', { func: 'KubeTask1' })], deferPhase: phase('d', { func: 'NoSuch' }) },
      restore: { phases: [phase('r1', { args: {} }), phase('r2', { args: { image: 'x', bogus: 1 } })] },
    });
    expect(result.stages).toEqual([
      'failed validation of action backup',
      'failed validation of action backup',
      'failed validation of phase r1 in action restore',
      'failed validation of phase r2 in action restore',
    ]);
    expect(result.failures).toEqual([
      'Failed to validate action backup: Requested function {KubeTask1} has not been registered',
      'Failed to validate action backup: Requested function {NoSuch} has not been registered',
      'Failed to validate phase r1 in action restore: Required arg missing: image',
      'Failed to validate phase r2 in action restore: argument bogus is not supported',
    ]);
  });

  it('keeps the hint of a failure', () => {
    const { failures } = validateBlueprint(
      { actions: { a: { phases: [phase('p', { func: 'KubeTaks' })] } } },
      registry,
    );
    expect(failures.map(({ details }) => details.hint)).toEqual(['Did you mean KubeTask?']);
  });

  it("asks the function's own check first", () => {
    expect(
      validate({ a: { phases: [phase('p', { args: { image: 'forbidden', bogus: 1 } })] } }).failures,
    ).toEqual(['Failed to validate phase p in action a: not this image']);
  });

  it('refuses phase names used twice, also in different actions and in a deferPhase', () => {
    const result = validate({
      backup: { phases: [phase('p1')], deferPhase: phase('d') },
      restore: { phases: [phase('p1'), phase('d'), phase('d')] },
    });
    expect(result.stages.every((stage) => stage.startsWith('passed'))).toBe(true);
    expect(result.failures).toEqual([
      "Failed to validate: Duplicated phase name is not allowed. Violating phase 'p1'",
      "Failed to validate: Duplicated phase name is not allowed. Violating phase 'd'",
    ]);
  });

  it('takes absent arguments and a Blueprint without actions', () => {
    expect(validate(undefined)).toEqual({ stages: [], failures: [] });
    expect(validate({ a: { phases: [phase('p', { args: null })] } }).failures).toEqual([
      'Failed to validate phase p in action a: Required arg missing: image',
    ]);
  });

  it('adds what is wrong with our own options after all that the original says', () => {
    const result = validate({
      a: {
        timeout: 'soon',
        phases: [phase('p', { if: '{{ .Options', args: {} }), phase('p', { retry: { attempts: 0 } })],
        deferPhase: phase('d', { if: '{{ end }}' }),
      },
    });
    expect(result.stages).toEqual([
      'passed validation of phase d in action a',
      'failed validation of phase p in action a',
      'passed validation of phase p in action a',
      'failed validation of actions.a.timeout',
      'failed validation of actions.a.phases[1].retry.attempts',
      'failed validation of actions.a.phases[0].if',
      'failed validation of actions.a.deferPhase.if',
    ]);
    expect(result.failures.map((message) => message.split(':')[0])).toEqual([
      'Failed to validate phase p in action a',
      'Failed to validate',
      'Failed to validate actions.a.timeout',
      'Failed to validate actions.a.phases[1].retry.attempts',
      'Failed to validate actions.a.phases[0].if',
      'Failed to validate actions.a.deferPhase.if',
    ]);
  });

  it('takes a condition with any function that templates have', () => {
    const condition = '{{ and (eq .Options.mode "full") (hasPrefix "a" .Object.metadata.name) }}';
    expect(validate({ a: { phases: [phase('p', { if: condition })] } }).failures).toEqual([]);
  });
});
