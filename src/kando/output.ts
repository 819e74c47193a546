import { Command } from 'commander';
import { formatPhaseOutput } from '../api/phase-output.ts';
import { isOfMainProcess } from './main-process.ts';
import type { KandoProcess } from './run-kando.ts';
import { addToTerminationLog, TERMINATION_LOG } from './termination-log.ts';
import { UsageError } from './usage-error.ts';

/** `kando output KEY VALUE`: hands a value from a container to its phase. */
export function outputCommand({ stdout, pid }: KandoProcess): Command {
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
      const line = formatPhaseOutput(key, value);
      stdout.write(`${line}\n`);
      // The last words of a workload into which a command was brought by exec are its own.
      if (isOfMainProcess(pid)) addToTerminationLog(TERMINATION_LOG, line);
    });
}
