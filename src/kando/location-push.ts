import { Command } from 'commander';
import { untilInterrupted } from './interrupts.ts';
import type { LocationContext, LocationFlags } from './location.ts';
import { UsageError } from './usage-error.ts';

/** `kando location push`: stores a stream as an object, whole or not at all. */
export function pushCommand(context: LocationContext): Command {
  return new Command('push')
    .description('Stores what comes from a pipe (-), a file, or a command of its own as one object')
    .usage('[flags] <source> | [flags] -- <command> [args...]')
    .argument('[source...]', '- for standard input, or a file')
    .option(
      '-o, --output-name <key>',
      'accepted and not used: object stores have no snapshot to output',
      'kandoOutput',
    )
    .action(async (sources: string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<LocationFlags>();
      const { child } = context;
      const expected = child === undefined ? 1 : 0;
      if (sources.length !== expected) {
        throw new UsageError(
          `accepts ${expected} arg(s)${child ? ' before --' : ''}, received ${sources.length}`,
        );
      }
      if (child?.length === 0) throw new UsageError('a command is missing after --');
      const { readProfile } = await import('./profile-source.ts');
      const profile = await readProfile(flags, context.settings);
      const { pushOutput, pushSource } = await import('./push-object.ts');
      await untilInterrupted(context.process, (signal) =>
        child === undefined
          ? pushSource(sources[0] ?? '', profile, flags, context, signal)
          : pushOutput(child, profile, flags, context, signal),
      );
    });
}
