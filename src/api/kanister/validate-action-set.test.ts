import { describe, expect, it } from 'vitest';
import type { ActionStatus, ObjectReference, PhaseStatus, State } from './types.ts';
import { validateActionSet } from './validate-action-set.ts';

const spec = (object: ObjectReference) => ({ actions: [{ name: 'backup', object }] });
const messages = (actionSet: Parameters<typeof validateActionSet>[0]) =>
  validateActionSet(actionSet).map(({ message }) => message);

describe('the object of an action', () => {
  it.each([
    'Deployment',
    'statefulset',
    'PVC',
    'PersistentVolumeClaim',
    'DeploymentConfig',
    'Namespace',
    'unstructured',
  ])('may be a %s without saying where such objects are found', (kind) => {
    expect(messages({ spec: spec({ kind, name: 'x' }) })).toEqual([]);
  });

  it('may be of any kind when apiVersion and resource are given', () => {
    expect(messages({ spec: spec({ apiVersion: 'v1', resource: 'configmaps', name: 'x' }) })).toEqual([]);
  });

  it('is refused when neither is known, in readable words and with a remedy', () => {
    const [problem, ...others] = validateActionSet({
      spec: spec({ kind: 'DaemonSet', name: 'x' }),
    });
    expect(problem?.message).toBe(
      'Not a known object Kind DaemonSet. Action backup must specify Resource name and API version: ' +
        'Validation Failed',
    );
    expect(problem?.field).toBe('spec.actions[0].object');
    expect(problem?.hint).toContain('PVC');
    expect(others).toEqual([]);
  });

  it('needs more than an apiVersion', () => {
    expect(messages({ spec: spec({ apiVersion: 'v1' }) })).toEqual([
      'Not a known object Kind "". Action backup must specify Resource name and API version: Validation Failed',
    ]);
  });
});

it('an ActionSet without spec is refused', () => {
  expect(messages({})).toEqual(['Spec must be non-nil: Validation Failed']);
});

const object = { kind: 'Deployment', name: 'x' };

const phase = (state: PhaseStatus['state'], index: number): PhaseStatus => ({
  name: `p${index}`,
  state,
  progress: {},
});

/** An ActionSet in `state` with one action for each list of phase states. */
const withStatus = (state: string, ...states: PhaseStatus['state'][][]) => ({
  spec: { actions: states.map(() => ({ name: 'backup', object })) },
  status: {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- states that the type rules out are the point
    state: state as State,
    actions: states.map((phases): ActionStatus => ({
      name: 'backup',
      object,
      blueprint: 'bp',
      phases: phases.map(phase),
      deferPhase: { name: '', state: '', progress: {} },
    })),
    error: { message: '' },
    progress: {},
  },
});

describe('the status of an ActionSet', () => {
  it('is consistent when phases run one after the other', () => {
    expect(messages(withStatus('running', ['complete', 'running', 'pending'], ['pending']))).toEqual([]);
    expect(messages(withStatus('failed', ['complete', 'failed', 'pending']))).toEqual([]);
    expect(messages(withStatus('complete', ['complete', 'complete']))).toEqual([]);
    expect(messages(withStatus('complete'))).toEqual([]);
  });

  it('has as many actions as the spec', () => {
    const actionSet = withStatus('running', ['pending']);
    actionSet.spec.actions = [];
    expect(messages(actionSet)).toEqual([
      'Number of actions in status actions and spec must match: Validation Failed',
    ]);
  });

  it('has nothing but pending phases after an unfinished one', () => {
    expect(messages(withStatus('running', ['running', 'complete', 'running']))).toEqual([
      'Phases after a running one must be pending: Validation Failed',
      'Phases after a running one must be pending: Validation Failed',
    ]);
    expect(messages(withStatus('failed', ['failed', 'running']))).toEqual([
      'Phases after a failed one must be pending: Validation Failed',
    ]);
  });

  it('has known states only', () => {
    expect(messages(withStatus('', ['']))).toEqual([
      "Action has unknown state '': Validation Failed",
      "ActionSet has unknown state '': Validation Failed",
    ]);
  });

  it('is not complete while a phase is not', () => {
    expect(messages(withStatus('complete', ['complete', 'pending']))).toEqual([
      'ActionSet cannot be complete if any actions are not complete: Validation Failed',
    ]);
  });
});
