import type { CommanderError } from 'commander';
import { Command, Option } from 'commander';
import { cobraHelp } from './cobra-help.ts';
import type { Flag, Flags, FlagValues } from './flag.ts';
import type { KanctlHost } from './host.ts';
import { UsageError } from './usage-error.ts';

interface CommandBase<F extends Flags> {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** Longer text for the command's own help; the summary when absent. */
  description?: string;
  flags: F;
}

/** A command that only holds others; its flags are theirs, too. */
export interface CommandGroup extends CommandBase<Flags> {
  commands: (host: KanctlHost) => Command[];
}

export interface CommandDefinition<F extends Flags, G extends Flags> extends CommandBase<F> {
  /** Names of positional arguments for the usage line: `<resource>`, `[NAME]`. */
  arguments?: string[];
  /** The flags of the groups above. */
  globalFlags: G;
  /** Resolves to the exit code, 0 when there is none. A UsageError shows the usage with its message. */
  run(invocation: Invocation<F & G>): Promise<number | void>;
}

export interface Invocation<F extends Flags> {
  flags: FlagValues<F>;
  /** Flags that stand in the command line. */
  given: ReadonlySet<string>;
  args: string[];
  host: KanctlHost;
}

/** The exit code that a command asked for; thrown through commander, which has no other way out. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export function defineGroup(group: CommandGroup, host: KanctlHost): Command {
  const command = newCommand(group, group.flags, host).enablePositionalOptions().allowExcessArguments();
  for (const child of group.commands(host)) command.addCommand(child);
  return command.action(() => command.outputHelp());
}

export function defineCommand<F extends Flags, G extends Flags>(
  definition: CommandDefinition<F, G>,
  host: KanctlHost,
): Command {
  const flags = { ...definition.globalFlags, ...definition.flags };
  const command = newCommand(definition, flags, host).allowExcessArguments();
  command.usage([...(definition.arguments ?? []), '[flags]'].join(' '));
  return command.action(async () => {
    const { values, given } = flagValues(command, flags);
    if (!definition.arguments && command.args.length > 0) {
      // The original ignores them without a word.
      host.stderr.write(
        `Warning: ignored ${command.args.map((argument) => JSON.stringify(argument)).join(', ')}\n`,
      );
    }
    const code = await run(command, () => definition.run({ flags: values, given, args: command.args, host }));
    if (code) throw new Exit(code);
  });
}

async function run<T>(command: Command, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(error.message, command) : error;
  }
}

function newCommand(
  { name, summary, description }: CommandBase<Flags>,
  flags: Flags,
  host: KanctlHost,
): Command {
  const command = new Command(name)
    .summary(summary)
    .description(description ?? summary)
    .helpCommand(false)
    .helpOption('-h, --help', `help for ${name}`)
    .configureHelp({ formatHelp: cobraHelp })
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: (text) => void host.stderr.write(text),
      // The caller prints errors.
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      throw cobraError(error, command);
    });
  for (const [flagName, flag] of Object.entries(flags)) command.addOption(optionOf(flagName, flag, command));
  return command;
}

function optionOf(name: string, flag: Flag<unknown>, command: Command): Option {
  const { short, placeholder, usage, initial } = flag;
  const spelling = `${short === undefined ? '' : `-${short}, `}--${name}`;
  const option = new Option(placeholder === undefined ? spelling : `${spelling} <${placeholder}>`, usage);
  if (typeof initial === 'string' && initial !== '') option.default(initial);
  const before = () =>
    command.getOptionValueSource(option.attributeName()) === 'cli'
      ? command.getOptionValue(option.attributeName())
      : undefined;
  if (placeholder !== undefined) {
    option.argParser((value: string) => {
      try {
        return flag.parse(value, before());
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw new UsageError(
          `invalid argument ${JSON.stringify(value)} for "${spelling}" flag: ${error.message}`,
          command,
        );
      }
    });
  }
  return option;
}

/** The values of a command's flags: its own first, then those that stood before its name in the command line. */
function flagValues<F extends Flags>(
  command: Command,
  flags: F,
): { values: FlagValues<F>; given: ReadonlySet<string> } {
  const given = new Set<string>();
  const values = Object.entries(flags).map(([name, flag]): [string, unknown] => {
    const attribute = new Option(`--${name}`).attributeName();
    for (let owner: Command | null = command; owner; owner = owner.parent) {
      if (owner.getOptionValueSource(attribute) !== 'cli') continue;
      given.add(name);
      return [name, owner.getOptionValue(attribute)];
    }
    return [name, flag.initial];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value is what its own flag parsed
  return { values: Object.fromEntries(values) as FlagValues<F>, given };
}

/** commander's errors in the words of the original's command-line library (spf13/cobra). */
function cobraError(error: CommanderError, command: Command): Error {
  const argument = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const usage = (message: string) => new UsageError(message, command);
  switch (error.code) {
    case 'commander.unknownOption':
      return usage(
        argument.startsWith('--')
          ? `unknown flag: ${argument.replace(/=.*$/s, '')}`
          : `unknown shorthand flag: '${argument[1] ?? ''}' in ${argument}`,
      );
    case 'commander.optionMissingArgument': {
      const [first = '', second] = argument.split(/[ ,]+/).filter((word) => word.startsWith('-'));
      return usage(`flag needs an argument: ${second ?? first}`);
    }
    default:
      return error;
  }
}
