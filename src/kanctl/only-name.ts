import { UsageError } from './usage-error.ts';

/** The one positional argument of a command. @throws {UsageError} with the text of the original's command-line library */
export function onlyName(args: readonly string[]): string {
  const [name] = args;
  if (name === undefined || args.length > 1)
    throw new UsageError(`accepts 1 arg(s), received ${args.length}`);
  return name;
}
