import { Command, CommanderError } from 'commander';
import { nearestName } from '../gotemplate/nearest-name.ts';
import { cancelActionSetCommand } from './cancel-actionset.ts';
import { cobraUsage } from './cobra-help.ts';
import { defineCommand, defineGroup, Exit } from './command.ts';
import { createActionSetCommand } from './create-actionset.ts';
import { createProfileGroup } from './create-profile.ts';
import { describeActionSetCommand } from './describe-actionset.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import { getActionSetCommand } from './get-actionset.ts';
import type { KanctlHost } from './host.ts';
import { spellBooleansPlainly } from './plain-booleans.ts';
import { UsageError } from './usage-error.ts';
import { validateCommand } from './validate.ts';
import { versionText } from './version.ts';
import { watchActionSetCommand } from './watch-actionset.ts';

/**
 * Runs one kanctl command line, without the program's name. Resolves to the exit code: 0, 1 on any error, 130 when it was
 * interrupted.
 */
export async function runKanctl(argv: readonly string[], host: KanctlHost): Promise<number> {
  const program = await createProgram(argv, host);
  try {
    await program.parseAsync(spellBooleansPlainly(argv, program), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    // Help and version were asked for and are printed.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (host.signal.aborted) return 130;
    report(error, argv, host);
    return 1;
  }
}

async function createProgram(argv: readonly string[], host: KanctlHost): Promise<Command> {
  const program = defineGroup(
    {
      name: 'kanctl',
      summary: 'Create, follow, cancel and check the resources of Kanister',
      flags: globalFlags,
      commands: () => [
        createGroup(host),
        groupOf('get', 'Show resources', getActionSetCommand, host),
        groupOf('describe', 'Explain a resource on one page', describeActionSetCommand, host),
        groupOf('watch', 'Follow resources until they have finished', watchActionSetCommand, host),
        groupOf('cancel', 'End what runs, before its time', cancelActionSetCommand, host),
        validateCommand(host),
      ],
    },
    host,
  );
  program.addCommand(await sandboxCommand(argv, host));
  program.addCommand(helpCommand(program, host));
  return program
    .version(versionText('kanctl'), '-v, --version', 'version for kanctl')
    .action((_options, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) throw unknownCommand(unknown, program);
      program.outputHelp();
    });
}

/** A verb that knows one kind of resource. */
function groupOf(
  name: string,
  summary: string,
  command: (host: KanctlHost) => Command,
  host: KanctlHost,
): Command {
  return defineGroup({ name, summary, flags: globalFlags, commands: () => [command(host)] }, host);
}

function createGroup(host: KanctlHost): Command {
  return defineGroup(
    {
      name: 'create',
      summary: 'Create a resource of Kanister',
      flags: { ...globalFlags, ...createFlags },
      commands: () => [createActionSetCommand(host), createProfileGroup(host)],
    },
    host,
  );
}

/** The sandbox is a program in itself: its code is loaded only when it is called. */
async function sandboxCommand(argv: readonly string[], host: KanctlHost): Promise<Command> {
  if (!argv.includes('sandbox')) {
    return new Command('sandbox').summary(
      'Run a Kubernetes API with everything to try Blueprints on this machine',
    );
  }
  const sandbox = await import('./sandbox.ts');
  return sandbox.sandboxCommand(host);
}

function helpCommand(program: Command, host: KanctlHost): Command {
  return defineCommand(
    {
      name: 'help',
      summary: 'Help about any command',
      description: 'Shows the help of a command: kanctl help create actionset.',
      arguments: ['[command]'],
      flags: {},
      globalFlags,
      async run({ args }) {
        let command = program;
        for (const name of args) {
          const child = command.commands.find((each) => each.name() === name);
          if (!child) throw unknownCommand(name, command);
          command = child;
        }
        command.outputHelp();
      },
    },
    host,
  );
}

function unknownCommand(name: string, parent: Command): Error {
  const nearest = nearestName(
    name,
    parent.commands.map((command) => command.name()),
  );
  const suggestion = nearest === undefined ? '' : `\n\nDid you mean this?\n\t${nearest}\n`;
  return new Error(
    `unknown command "${name}" for "${parent.name()}"${suggestion}\nRun '${parent.name()} --help' for usage.`,
  );
}

function report(error: unknown, argv: readonly string[], { stderr, clock }: KanctlHost): void {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const each of errors) {
    const message = each instanceof Error ? each.message : String(each);
    if (argv.includes('--verbose')) {
      const stack = each instanceof Error ? each.stack : undefined;
      const time = clock.now().toISOString();
      const line = { level: 'error', msg: 'Kanctl failed to execute', error: message, stack, time };
      stderr.write(`${JSON.stringify(line)}\n`);
    }
    stderr.write(`Error: ${message}\n`);
    for (const line of explanation(each)) stderr.write(`${line}\n`);
    if (each instanceof UsageError && each.command) stderr.write(`${cobraUsage(each.command)}\n`);
  }
}

/** What an error knows beyond its message: field and hint, of whichever of our error types it is. */
function explanation(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const details: unknown = 'details' in error ? error.details : undefined;
  const hint = textProperty(error, 'hint') ?? textProperty(details, 'hint');
  return hint === undefined ? [] : [`Hint: ${hint}`];
}

function textProperty(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const property: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof property === 'string' && property !== '' ? property : undefined;
}
