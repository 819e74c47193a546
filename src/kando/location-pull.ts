import { Command } from 'commander';
import { untilInterrupted } from './interrupts.ts';
import type { LocationContext, LocationFlags } from './location.ts';
import { UsageError } from './usage-error.ts';

/** `kando location pull`: writes an object to a pipe, a file or a command. */
export function pullCommand(context: LocationContext): Command {
  return new Command('pull')
    .description('Writes an object to standard output (-), to a file, or to the standard input of a command')
    .usage('[flags] <target> | [flags] -- <command> [args...]')
    .argument('[target...]', '- for standard output, or a file')
    .action(async (targets: string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<LocationFlags>();
      const { child } = context;
      const expected = child === undefined ? 1 : 0;
      if (targets.length !== expected) {
        throw new UsageError(
          `accepts ${expected} arg(s)${child ? ' before --' : ''}, received ${targets.length}`,
        );
      }
      if (child?.length === 0) throw new UsageError('a command is missing after --');
      const { readProfile } = await import('./profile-source.ts');
      const profile = await readProfile(flags, context.settings);
      const { pullToCommand, pullToTarget } = await import('./pull-object.ts');
      await untilInterrupted(context.process, (signal) =>
        child === undefined
          ? pullToTarget(targets[0] ?? '', profile, flags, context, signal)
          : pullToCommand(child, profile, flags, context, signal),
      );
    });
}
