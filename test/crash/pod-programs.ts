import { formatPhaseOutput } from '../../src/api/phase-output.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import type { Container, Pod } from '../../src/pods/pod.ts';
import type { Effect } from './invariants.ts';
import type { Program } from './simulated-pod.ts';
import type { Files } from './simulated-volumes.ts';

/**
 * What the command of a container does: `work MILLISECONDS KEY=VALUE…` prints its outputs halfway and at the end; `write MILLISECONDS PATH=TEXT…`
 * leaves files when it ends; `read MILLISECONDS KEY=PATH…` is `work` with the texts of files that are there when it begins, and ends with 4 where
 * one is not; `fail MILLISECONDS` ends with 3, `endure` goes on until it is killed; everything else runs until it is told to end.
 */
export function podProgram({ command = [] }: Container, files: Files): Program {
  const [program, milliseconds = '0', ...rest] = command;
  const duration = Number(milliseconds);
  const pairs = rest.map(pairOf);
  switch (program) {
    case 'work':
      return work(duration, pairs);
    case 'write':
      return {
        output: ['it begins', { text: 'it is written', after: duration }],
        done() {
          for (const [path, text] of pairs) files.write(path, text);
        },
      };
    case 'read': {
      const missing = pairs.find(([, path]) => files.read(path) === undefined);
      if (missing) return { output: [`${missing[1]}: not found`], exitCode: 4 };
      return work(
        duration,
        pairs.map(([key, path]) => [key, files.read(path) ?? '']),
      );
    }
    case 'fail':
      return { output: ['it begins', { text: 'it fails', after: duration }], exitCode: 3 };
    case 'endure':
      return { output: ['it begins'], exitCode: 'running', onTerminate: false };
    default:
      return { output: ['it begins'], exitCode: 'running' };
  }
}

function work(duration: number, outputs: [string, string][]): Program {
  const lines = outputs.map(([key, value]) => formatPhaseOutput(key, value));
  const [first = 'nothing to tell', ...rest] = lines;
  const half = duration / 2;
  return {
    output: ['it begins', { text: first, after: half }, { text: 'it goes on', after: half }, ...rest],
  };
}

function pairOf(text: string): [string, string] {
  const [key = '', ...value] = text.split('=');
  return [key, value.join('=')];
}

export interface CommandOptions {
  clock: Clock;
  print(text: string): void;
  happens(effect: Effect): void;
  /** Ends it early, with the exit code of a command that was told to end. */
  signal?: AbortSignal;
}

const TERMINATED = 143;

/**
 * What a command in a running container does, and with which exit code it ends. `act NAME MILLISECONDS` counts as an effect of that name that can't
 * be repeated; `each NAME MILLISECONDS [BYTES]` as one of each container, takes longer in pods of higher numbers, and prints on the way; `break`
 * is the same, and ends with 3.
 */
export async function execProgram(
  { pod, container, command }: { pod: Pod; container: string; command: string[] },
  { clock, print, happens, signal }: CommandOptions,
): Promise<number> {
  const [program = '', name = '', milliseconds = '0', bytes = '0'] = command;
  if (!['act', 'each', 'break'].includes(program)) return 127;
  const isAct = program === 'act';
  const podName = pod.metadata.name ?? '';
  happens({
    uid: pod.metadata.uid ?? '',
    action: 'exec',
    phase: name,
    step: isAct ? 'exec' : container,
    unrepeatable: true,
  });
  const duration = Number(milliseconds) * (isAct ? 1 : 1 + Number(/\d*$/.exec(podName)?.[0]));
  try {
    await clock.sleep(duration / 2, signal);
    if (!isAct) print(`it goes on\n${formatPhaseOutput('half', podName)}\n`);
    await clock.sleep(duration / 2, signal);
  } catch {
    return TERMINATED;
  }
  if (program === 'break') return 3;
  const where = `${podName}_${container}`.replaceAll('-', '_');
  print(
    `${isAct ? formatPhaseOutput('done', name) : formatPhaseOutput(where, where.padEnd(Number(bytes), '.'))}\n`,
  );
  return 0;
}
