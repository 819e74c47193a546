import { Command } from 'commander';
import { deleteCommand } from './location-delete.ts';
import { pullCommand } from './location-pull.ts';
import { pushCommand } from './location-push.ts';
import type { KandoProcess } from './run-kando.ts';
import type { KandoSettings } from './settings.ts';

/** What the location commands need from outside. */
export interface LocationContext {
  settings: KandoSettings;
  process: KandoProcess;
  /** The command behind `--`. */
  child: string[] | undefined;
}

/** Flags of all location commands. */
export interface LocationFlags {
  path: string;
  profile: string;
  profileFile: string;
}

/** `kando location`: an object in the store of a Profile. */
export function locationCommand(context: LocationContext): Command {
  return new Command('location')
    .description('Moves data to and from the object store of a Profile')
    .option('-s, --path <path>', "the object's path below the Profile's prefix", '')
    .option('-p, --profile <json>', 'the Profile as JSON, as {{ toJson .Profile }} writes it', '')
    .option('--profile-file <file>', 'a file with that JSON: keeps credentials out of command lines', '')
    .addCommand(pushCommand(context))
    .addCommand(pullCommand(context))
    .addCommand(deleteCommand(context));
}
