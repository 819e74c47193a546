import { Command } from 'commander';
import { formatPhaseOutput } from '../api/phase-output.ts';
import type { KandoProcess } from './run-kando.ts';
import { UsageError } from './usage-error.ts';

/** `kando output KEY VALUE`: hands a value from a container to its phase. */
export function outputCommand({ stdout }: KandoProcess): Command {
  return new Command('output')
    .description(
      'Hands a value to the phase that runs this container: {{ .Phases.NAME.Output.KEY }} in later phases',
    )
    .usage('[flags] <key> <value>')
    .argument('[words...]')
    .action((words: string[]) => {
      const [key, value, ...more] = words;
      if (key === undefined || value === undefined || more.length > 0) {
        throw new UsageError(`Command accepts 2 arguments, received ${words.length} arguments`);
      }
      stdout.write(`${formatPhaseOutput(key, value)}\n`);
    });
}
