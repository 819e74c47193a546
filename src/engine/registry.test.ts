import { describe, expect, it } from 'vitest';
import { Failure } from './failure.ts';
import { defineFunction, type FunctionDefinition } from './function.ts';
import { createRegistry, isVersion } from './registry.ts';

const named = (name: string, version?: string): FunctionDefinition =>
  defineFunction({
    name,
    ...(version !== undefined && { version }),
    args: {},
    outputs: {},
    permissions: [],
    revision: 1,
    run: async () => undefined,
  });

const failureOf = (call: () => unknown): Failure => {
  try {
    call();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('expected a Failure');
};

describe('choosing the version of a function', () => {
  const standard = named('KubeTask');
  const newer = named('KubeTask', 'v1.0.0');
  const onlyNew = named('Fresh', 'v2.1.0-alpha');
  const registry = createRegistry([standard, newer, onlyNew]);

  it.each([undefined, '', 'v0.0.0', '0.0.0', 'v0', '0.0'])('takes the default version for %j', (version) => {
    expect(registry.select('KubeTask', version)).toBe(standard);
  });

  it.each(['v1.0.0', '1.0.0', 'v1', '1.0', 'v1.0.0+build.5'])('finds v1.0.0 as %j', (version) => {
    expect(registry.select('KubeTask', version)).toBe(newer);
    expect(isVersion(newer, version)).toBe(true);
  });

  it('falls back to the default version where the function lacks the preferred one', () => {
    expect(registry.select('KubeTask', 'v9.9.9')).toBe(standard);
    expect(isVersion(standard, 'v9.9.9')).toBe(false);
  });

  it('tells a pre-release from the release', () => {
    expect(registry.select('Fresh', '2.1.0-alpha')).toBe(onlyNew);
    expect(failureOf(() => registry.select('Fresh', 'v2.1.0')).message).toBe(
      'Requested function {Fresh} has not been registered with version {v2.1.0} or {v0.0.0}',
    );
  });

  it.each(['latest', 'v1.x', '1.2.3.4', 'v', ' 1.0.0'])('refuses %j, which is no version', (version) => {
    const failure = failureOf(() => registry.select('KubeTask', version));
    expect(failure.message).toBe(
      `Failed to get function version: Failed to parse function version {${version}}: Invalid Semantic Version`,
    );
    expect(failure.details.hint).toContain('preferredVersion');
  });
});

describe('naming a function that does not exist', () => {
  const registry = createRegistry([named('KubeTask'), named('KubeExec'), named('ScaleWorkload')]);

  it.each([
    ['KubeTsak', 'Did you mean KubeTask?'],
    ['kubeexec', 'Did you mean KubeExec?'],
    ['ScaleWorkloads', 'Did you mean ScaleWorkload?'],
  ])('suggests what %s was probably meant to be', (name, hint) => {
    const failure = failureOf(() => registry.select(name));
    expect(failure.message).toBe(`Requested function {${name}} has not been registered`);
    expect(failure.details.hint).toBe(hint);
  });

  it('suggests nothing where nothing is near', () => {
    expect(failureOf(() => registry.select('BackupData')).details.hint).not.toContain('Did you mean');
  });
});

it('refuses two functions with the same name and version, however the version is written', () => {
  expect(() => createRegistry([named('KubeTask'), named('KubeTask', '0.0.0')])).toThrow(
    'KubeTask v0.0.0 is defined twice',
  );
});
