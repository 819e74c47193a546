import { Command, CommanderError, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { PhaseOutputError } from '../api/phase-output.ts';
import { splitCommandLine } from './command-line.ts';
import { locationCommand } from './location.ts';
import { outputCommand } from './output.ts';
import type { KandoSettings } from './settings.ts';
import { Interrupted } from './interrupts.ts';
import { UsageError } from './usage-error.ts';

/** Where text for people goes, and signals come from; `process` itself, in the program. Data goes by file descriptor. */
export type KandoProcess = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'on' | 'off' | 'pid'>;

/** Exit code of every failure. Source: Kanister's kando, which means gRPC's "unavailable" by it. */
const FAILURE = 69;

/** Runs one kando command line, without the program's name. Resolves to the exit code. */
export async function runKando(
  argv: readonly string[],
  settings: KandoSettings,
  process: KandoProcess,
): Promise<number> {
  const { own, child } = splitCommandLine(argv);
  const program = createProgram();
  let failed = program; // the command whose usage helps, if the command line is at fault
  program.addCommand(locationCommand({ settings, process, child })).addCommand(outputCommand(process));
  for (const command of withDescendants(program)) {
    command
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        writeOut: (text) => void process.stdout.write(text),
        writeErr: () => undefined, // errors are reported below
      })
      .exitOverride((error) => {
        failed = command;
        throw error;
      })
      .hook('preAction', (_, action) => {
        failed = action;
      });
  }
  program.hook('preAction', () => checkVerbosity(program.opts<{ verbosity: string }>().verbosity));
  try {
    await program.parseAsync(own, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help or version, printed already
    if (error instanceof Interrupted) {
      process.stderr.write(`Error: ${error.message}\n`);
      return error.exitCode;
    }
    report(error, failed, process);
    return FAILURE;
  }
}

function createProgram(): Command {
  const { version } = manifest;
  return new Command('kando')
    .description('Moves data between a Blueprint’s phases, their pods and object stores')
    .version(
      `kando version {"version": "${version}", "gitCommit": "NONE", "buildDate": "UNKNOWN"}`,
      '--version',
    )
    .addOption(
      new Option(
        '-v, --verbosity <level>',
        'least level of messages: panic, fatal, error, warn, info, debug, trace',
      ).default('warning'),
    )
    .usage('[command]')
    .argument('[command...]')
    .action(([unknown]: string[], _options: object, program: Command) => {
      if (unknown !== undefined) throw new Error(`unknown command "${unknown}" for "kando"`);
      program.outputHelp();
    });
}

/** Names of the levels of logrus, in any case. */
const LEVELS = ['panic', 'fatal', 'error', 'warn', 'warning', 'info', 'debug', 'trace'];

function checkVerbosity(level: string): void {
  if (!LEVELS.includes(level.toLowerCase())) throw new UsageError(`Invalid log level: ${level}`);
}

/**
 * The reason stands last: the failure of a pod shows the last lines of its log. Usage is shown when the command line is at fault, and
 * only then.
 */
function report(error: unknown, command: Command, { stderr }: KandoProcess): void {
  const atFault =
    error instanceof CommanderError || error instanceof UsageError || error instanceof PhaseOutputError;
  if (atFault) stderr.write(`${command.helpInformation()}\n`);
  const hint: unknown = error instanceof Error && 'hint' in error ? error.hint : undefined;
  if (typeof hint === 'string') stderr.write(`Hint: ${hint}\n`);
  const text = error instanceof Error ? error.message : String(error);
  if (text.startsWith('unknown command ')) stderr.write("Run 'kando --help' for usage.\n");
  stderr.write(`Error: ${error instanceof CommanderError ? commanderText(error) : text}\n`);
}

/** What the original's library of command lines (spf13/cobra) says of the same mistake. */
function commanderText({ code, message }: CommanderError): string {
  const [, flag = ''] = /'([^']*)'/.exec(message) ?? [];
  switch (code) {
    case 'commander.unknownOption':
      return flag.startsWith('--')
        ? `unknown flag: ${flag.replace(/=.*/s, '')}`
        : `unknown shorthand flag: '${flag.charAt(1)}' in ${flag}`;
    case 'commander.optionMissingArgument':
      return `flag needs an argument: ${flag.replace(/^-\w, /, '').replace(/ <.*/, '')}`;
    default:
      return message.replace(/^error: /, '');
  }
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}
