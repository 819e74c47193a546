import { expect } from 'vitest';
import type { ActionSetStatus, BlueprintPhase, FailureStatus } from '../../src/api/kanister/types.ts';
import type { ArgumentSchema } from '../../src/engine/arguments.ts';
import type { FunctionDefinition } from '../../src/engine/function.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import { validateBlueprint } from '../../src/engine/validate-blueprint.ts';
import type { Json, JsonObject } from '../../src/kubernetes/objects.ts';
import { expectedOfBare } from './bare-arguments.ts';
import type { FunctionCase } from './function-case.ts';
import type { FunctionWorld } from './function-world.ts';
import { sampleArguments } from './sample-arguments.ts';

/**
 * What a definition promises about its arguments: each that is required missing, each of a wrong type, each rendered to one, each
 * empty and null; an unknown one; a template that can't be rendered. Any number of them can share a world.
 */
export function generatedCases(definition: FunctionDefinition): FunctionCase[] {
  const { args, rendered } = definition;
  const attempt = attemptsOf(definition);
  const schemas = Object.entries(args);
  const template = schemas.find(([name, { required }]) => required && (rendered?.includes(name) ?? true));
  return [
    ...schemas.filter(([, { required }]) => required).map(([name]) => missing(attempt, name)),
    unknown(attempt),
    ...(template ? [unrenderable(attempt, template[0])] : []),
    ...schemas.flatMap(([name, { type }]) => wrongTypes(attempt, name, type)),
    ...schemas.flatMap(([name, { type }]) => [
      bare(attempt, name, 'empty', EMPTY[type]),
      bare(attempt, name, 'null', null),
    ]),
  ];
}

type Type = ArgumentSchema<unknown>['type'];

/** What can't be decoded as the type; `template` gives it as a text, which becomes a list or a text by itself. */
const WRONG: Record<Type, { value: Json; template?: string } | undefined> = {
  string: { value: { a: 'map' } },
  integer: { value: 'many', template: '{{ "many" }}' },
  boolean: { value: 'perhaps', template: '{{ "perhaps" }}' },
  stringList: { value: { a: 'map' } },
  stringMap: { value: 'a text', template: '{{ "a text" }}' },
  object: { value: 'a text', template: '{{ "a text" }}' },
  any: undefined,
};

const EMPTY: Record<Type, Json> = {
  string: '',
  integer: '',
  boolean: '',
  stringList: [],
  stringMap: {},
  object: {},
  any: '',
};

interface Attempt {
  function: string;
  /** Runs the function with samples of what it needs, without an argument or with others. */
  run(world: FunctionWorld, change: { without?: string; args?: JsonObject }): Promise<ActionSetStatus>;
  /** What the check of a Blueprint says to the same. */
  validate(world: FunctionWorld, change: { without?: string; args?: JsonObject }): string[];
}

function attemptsOf(definition: FunctionDefinition): Attempt {
  const { name: func } = definition;
  const registry = createRegistry([definition]);
  const phases = (
    world: FunctionWorld,
    { without, args }: { without?: string; args?: JsonObject },
  ): BlueprintPhase[] => {
    const { [without ?? '']: _, ...kept } = sampleArguments(definition, world);
    return [{ name: 'only', func, args: { ...kept, ...args } }];
  };
  return {
    function: func,
    run: (world, change) => world.run(phases(world, change)),
    validate: (world, change) =>
      validateBlueprint(
        { actions: { run: { kind: '', phases: phases(world, change) } } },
        registry,
      ).failures.map(({ message }) => message),
  };
}

function missing(attempt: Attempt, argument: string): FunctionCase {
  return generated(`${argument} is missing`, async (world) => {
    const change = { without: argument };
    const text = `Required arg missing: ${argument}`;
    expect(attempt.validate(world, change)).toEqual([expect.stringContaining(text)]);
    const status = await attempt.run(world, change);
    expectFailure(status, { reason: 'MissingArgument', argument });
    expect(status.error.message).toContain(`Required args missing for function ${attempt.function}: ${text}`);
  });
}

function unknown(attempt: Attempt): FunctionCase {
  return generated('an argument that it does not have', async (world) => {
    const change = { args: { nonsense: 1 } };
    const text = 'argument nonsense is not supported';
    expect(attempt.validate(world, change)).toEqual([expect.stringContaining(text)]);
    const status = await attempt.run(world, change);
    expectFailure(status, { reason: 'UnsupportedArgument', argument: 'nonsense' });
    expect(status.error.message).toContain(
      `Checking supported args for function ${attempt.function}.: ${text}`,
    );
  });
}

function unrenderable(attempt: Attempt, argument: string): FunctionCase {
  return generated(`${argument} is a template of what is not there`, async (world) => {
    const status = await attempt.run(world, { args: { [argument]: '{{ .Options.nothing }}' } });
    expectFailure(status, { reason: 'TemplateError' });
    expect(status.error.message).toContain('Failed to render template: "nothing" not found');
  });
}

function wrongTypes(attempt: Attempt, argument: string, type: Type): FunctionCase[] {
  const wrong = WRONG[type];
  if (!wrong) return [];
  const given: [what: string, value: Json][] = [['a wrong type', wrong.value]];
  if (wrong.template !== undefined) given.push(['a template that gives a wrong type', wrong.template]);
  return given.map(([what, value]) =>
    generated(`${argument} is ${what}`, async (world) => {
      const status = await attempt.run(world, { args: { [argument]: value } });
      expectFailure(status, { reason: 'InvalidArgument', argument });
      const original =
        type === 'integer' ? 'Cannot convert many to int' : `Failed to decode arg \`${argument}\``;
      expect(status.error.message).toContain(original);
    }),
  );
}

/** Where something is wrong with that, it is said in the words of its own. */
function bare(attempt: Attempt, argument: string, what: 'empty' | 'null', value: Json): FunctionCase {
  return generated(`${argument} is ${what}`, async (world) => {
    const status = await attempt.run(world, { args: { [argument]: value } });
    const expected = expectedOfBare(attempt.function, argument, what);
    const { message } = status.error;
    expect(status.state === 'complete' ? 'complete' : message).toContain(expected);
    expect(status.actions[0]?.phases[0]?.failure?.reason).not.toBe('Error');
    expect(message).not.toMatch(MISTAKE_OF_OURS);
  });
}

/** What JavaScript says to a program that is wrong. */
const MISTAKE_OF_OURS =
  /TypeError|RangeError|Cannot read|is not a function|is not iterable|undefined|\[object/;

function generated(name: string, run: FunctionCase['run']): FunctionCase {
  return { aspect: 'arguments', name, run };
}

function expectFailure(status: ActionSetStatus, failure: Partial<FailureStatus>): void {
  expect(status.state).toBe('failed');
  expect(status.actions[0]?.phases[0]?.failure).toMatchObject(failure);
}
