import { Command } from 'commander';
import { untilInterrupted } from './interrupts.ts';
import type { LocationContext, LocationFlags } from './location.ts';

/** `kando location delete`: removes an object, or a folder of them. */
export function deleteCommand(context: LocationContext): Command {
  return new Command('delete')
    .description('Deletes the object at a path and all objects in the folder of that name')
    .usage('[flags]')
    .argument('[ignored...]')
    .option(
      '--prefix-match',
      'delete every object whose key merely begins with the path: a/b takes a/bc too',
      false,
    )
    .action(async (_ignored: string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<LocationFlags & { prefixMatch: boolean }>();
      const { readProfile } = await import('./profile-source.ts');
      const profile = await readProfile(flags, context.settings);
      const [{ withStore }, { deleteLocation }] = await Promise.all([
        import('./with-store.ts'),
        import('../objectstore/delete-location.ts'),
      ]);
      await untilInterrupted(context.process, (signal) =>
        withStore(profile, flags, context, signal, (store, key) =>
          deleteLocation(store, key, { signal, prefix: flags.prefixMatch }),
        ),
      );
    });
}
