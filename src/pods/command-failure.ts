import { Failure } from '../engine/failure.ts';
import type { FailureDetails } from '../engine/failure.ts';

/** The last lines of both outputs of a command. */
export interface CommandTails {
  stdout: string;
  stderr: string;
}

/** Why a command did not succeed, in Kanister's words. */
export function commandFailure(
  problem: string,
  reason: string,
  { stdout, stderr }: CommandTails,
  details: FailureDetails,
): Failure {
  const message = `Failed to exec command in pod: ${problem}.\nstdout: ${stdout}\nstderr: ${stderr}`;
  return new Failure(reason, message, details);
}

/** A command that ended with another exit code than 0. `fate`: what became of its pod meanwhile, where that is known. */
export function exitFailure(
  { pod, exitCode, fate }: { pod: string; exitCode: number; fate?: string | undefined },
  tails: CommandTails,
): Failure {
  const logTail = tails.stderr || tails.stdout;
  const hint = hintFor(exitCode);
  return commandFailure(
    `command terminated with exit code ${exitCode}${fate === undefined ? '' : ` (${fate})`}`,
    'CommandFailed',
    tails,
    {
      pod: { name: pod, exitCode, ...(logTail !== '' && { logTail }) },
      ...(hint !== undefined && { hint }),
    },
  );
}

/** What the journal keeps of a command that did not succeed: nothing that it printed, which may hold secrets. */
export type EarlierFailure = { reason: string; exitCode?: number };

export function keepFailure({ reason, details }: Failure): EarlierFailure {
  const exitCode = details.pod?.exitCode;
  return { reason, ...(exitCode !== undefined && { exitCode }) };
}

/** The failure of a command that an earlier process saw end. */
export function earlierFailure(pod: string, { reason, exitCode }: EarlierFailure): Failure {
  const nothing: CommandTails = { stdout: '', stderr: '' };
  const fate = 'before the operator was interrupted, whose log has what it printed';
  if (exitCode !== undefined) return exitFailure({ pod, exitCode, fate }, nothing);
  return commandFailure(`it failed (${fate})`, reason, nothing, { pod: { name: pod } });
}

/** Absent where only what the command printed can tell. */
function hintFor(exitCode: number): string | undefined {
  switch (exitCode) {
    case 126:
      return 'The program is there but may not be run: check its rights in the container, and that it is a program.';
    case 127:
      return 'A program was not found: check that it is in the image of the container that is named, and on its PATH.';
    case 137:
      return 'The command was killed (by a lack of memory, by the end of its container, or by somebody): look at the events of the pod and at its memory limit.';
    case 143:
      return 'The command was told to end: look at the events of the pod for who did.';
    default:
      return undefined;
  }
}
