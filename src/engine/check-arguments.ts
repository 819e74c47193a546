import type { JsonObject } from '../kubernetes/objects.ts';
import { Failure } from './failure.ts';
import type { FunctionDefinition } from './function.ts';
import { nearestName } from '../gotemplate/nearest-name.ts';

type Signature = Pick<FunctionDefinition, 'name' | 'args'>;

/**
 * The check before a phase runs: missing arguments first, then unknown ones. An argument counts as given when its key is
 * there, whatever its value.
 * @throws {Failure} `MissingArgument` or `UnsupportedArgument`, with the texts of Kanister's phase execution
 */
export function checkArguments(signature: Signature, args: JsonObject): void {
  const missing = missingArgument(signature, args);
  if (missing) throw Failure.wrap(`Required args missing for function ${signature.name}`, missing);
  const unsupported = unsupportedArgument(signature, args);
  if (unsupported) throw Failure.wrap(`Checking supported args for function ${signature.name}.`, unsupported);
}

/**
 * The check of a Blueprint, before there is an action: the other way round, and without an outer text.
 * @throws {Failure} `UnsupportedArgument` or `MissingArgument`
 */
export function checkSignature(signature: Signature, args: JsonObject): void {
  const problem = unsupportedArgument(signature, args) ?? missingArgument(signature, args);
  if (problem) throw problem;
}

/** The first argument that the function does not know, in the order of `args`. */
function unsupportedArgument({ name, args: schemas }: Signature, args: JsonObject): Failure | undefined {
  const supported = Object.entries(schemas).flatMap(([key, { aliases = [] }]) => [key, ...aliases]);
  const argument = Object.keys(args).find((key) => !supported.includes(key));
  if (argument === undefined) return undefined;
  const nearest = nearestName(argument, supported);
  return new Failure('UnsupportedArgument', `argument ${argument} is not supported`, {
    argument,
    hint: nearest
      ? `Did you mean ${nearest}?`
      : `${name} takes ${supported.length === 0 ? 'no arguments' : supported.join(', ')}.`,
  });
}

/** The first required argument that is not there, in the order of their declaration. */
function missingArgument({ name, args: schemas }: Signature, args: JsonObject): Failure | undefined {
  const found = Object.entries(schemas).find(
    ([key, { required, aliases = [] }]) =>
      required && ![key, ...aliases].some((spelling) => Object.hasOwn(args, spelling)),
  );
  if (!found) return undefined;
  const [argument, { doc }] = found;
  return new Failure('MissingArgument', `Required arg missing: ${argument}`, {
    argument,
    hint: `Add ${argument} to the args of the phase: ${name} needs it${doc ? ` (${doc})` : ''}.`,
  });
}
