import { formatPhaseOutput } from '../../src/api/phase-output.ts';
import type { Clock } from '../../src/kubernetes/clock.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { SimulatedRun } from '../../src/sandbox/simulated-kubelet/simulated-container.ts';
import type { Effect } from './invariants.ts';

/**
 * What the command of a pod does: `work MILLISECONDS KEY=VALUE…` prints its outputs halfway and at the end, `fail MILLISECONDS` ends with 3,
 * `endure` goes on until it is killed; everything else runs until it is told to end.
 */
export function podProgram({ spec }: Pod): SimulatedRun {
  const [program, milliseconds = '0', ...outputs] = spec.containers[0]?.command ?? [];
  const half = Number(milliseconds) / 2;
  switch (program) {
    case 'work': {
      const lines = outputs.map((pair) => {
        const [key = '', ...value] = pair.split('=');
        return formatPhaseOutput(key, value.join('='));
      });
      const [first = 'nothing to tell', ...rest] = lines;
      return {
        output: ['it begins', { text: first, after: half }, { text: 'it goes on', after: half }, ...rest],
      };
    }
    case 'fail':
      return { output: ['it begins', { text: 'it fails', after: 2 * half }], exitCode: 3 };
    case 'endure':
      return { output: ['it begins'], exitCode: 'running', onTerminate: false };
    default:
      return { output: ['it begins'], exitCode: 'running' };
  }
}

/** What a command in a running container does: `act NAME MILLISECONDS` counts as an effect of that name that can't be repeated. */
export async function execProgram(
  pod: Pod,
  [program = '', name = '', milliseconds = '0']: string[],
  clock: Clock,
  happens: (effect: Effect) => void,
): Promise<{ stdout: string; exitCode: number }> {
  if (program !== 'act') return { stdout: '', exitCode: 127 };
  happens({
    uid: pod.metadata.uid ?? '',
    action: 'exec',
    phase: name,
    step: 'exec',
    unrepeatable: true,
  });
  await clock.sleep(Number(milliseconds));
  return { stdout: `${formatPhaseOutput('done', name)}\n`, exitCode: 0 };
}
