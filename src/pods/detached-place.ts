import { createHash } from 'node:crypto';
import { type Failure, messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { commandFailure, type CommandTails } from './command-failure.ts';
import { NEEDED, NOT_PLACED, PLACE, UNPLACE } from './detached-scripts.ts';
import { type Answer, execBriefly } from './exec-briefly.ts';
import { asRefusal, type ContainerCommand } from './exec-command.ts';
import { type DetachedContext, unwritable } from './follow-detached.ts';

const NOTHING: CommandTails = { stdout: '', stderr: '' };

/**
 * Makes the directory of a detached command in its container, before the command begins.
 * @param step names the command within its phase
 * @returns its path
 * @throws {Failure} `ProgramsMissing` where the container lacks what detached commands need; `NoWritableDirectory`; what the API server refused
 */
export async function placeDetached(
  context: DetachedContext & Pick<FunctionContext, 'owner' | 'phase'>,
  { pod, container }: ContainerCommand,
  step: string,
): Promise<string> {
  const { signal } = context;
  const command = ['sh', '-c', PLACE, 'kanister', placeName(context, step)];
  let answer: Answer;
  try {
    answer = await execBriefly(context, { pod, ...(container !== undefined && { container }), command });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError && NO_SHELL.test(error.message)) throw lacking(pod.name, 'sh', error);
    throw asRefusal(pod, error);
  }
  if (answer.exitCode === 0 && answer.stdout.startsWith('/')) return answer.stdout;
  throw notPlaced(pod.name, answer);
}

/** How the directory's name begins. */
export function placeName({ owner, phase }: Pick<FunctionContext, 'owner' | 'phase'>, step: string): string {
  const distinct = createHash('sha256')
    .update(JSON.stringify([phase, step]))
    .digest('hex')
    .slice(0, 8);
  return `kanister-${owner.uid}-${distinct}`;
}

/** The directory of a command that has not begun is removed, if it was made. @param name how its name begins */
export async function removePlace(
  context: Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'log'>,
  { pod, container }: Omit<ContainerCommand, 'command'>,
  name: string,
): Promise<void> {
  const command = ['sh', '-c', UNPLACE, 'kanister', name];
  try {
    await execBriefly(context, { pod, ...(container !== undefined && { container }), command });
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug(
      { error: messageOf(error) },
      `An empty directory ${name} may be left in pod ${pod.name}`,
    );
  }
}

/** runc says `exec: "sh": executable file not found in $PATH`, crun ``executable file `sh` not found``. */
const NO_SHELL = /exec: "sh": |executable file (?:`sh` )?not found/;

function notPlaced(pod: string, { exitCode, stdout, stderr }: Answer): Failure {
  if (exitCode === NOT_PLACED.lacking) return lacking(pod, stdout.trim().replaceAll(' ', ', '));
  if (exitCode === NOT_PLACED.unwritable) return unwritable(pod, stderr);
  // Some runtimes tell of a program that is not there as if it had run.
  if (NO_SHELL.test(stdout + stderr)) return lacking(pod, 'sh', new Error(stderr || stdout));
  const problem = `the detached command was not begun: its preparation ended with exit code ${exitCode}`;
  return commandFailure(problem, 'ExecRefused', { stdout, stderr }, { pod: { name: pod } });
}

function lacking(pod: string, what: string, cause?: Error): Failure {
  const said = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return commandFailure(
    `\`detached: true\` needs ${NEEDED.join(', ')} in the container, and does not find ${what}${said}`,
    'ProgramsMissing',
    NOTHING,
    {
      pod: { name: pod },
      hint: `The command was not begun: run it without \`detached\`, or in a container that has ${what}.`,
      cause,
    },
  );
}
