import { ApiError } from '../kubernetes/api-error.ts';
import { InvalidProfile, ObjectStoreError } from '../objectstore/object-store.ts';
import { Failure, messageOf } from './failure.ts';
import { hintOf } from './hints.ts';

/** Turns whatever a phase threw into a Failure with a reason and, where one is known, what to do next. */
export function explain(error: unknown): Failure {
  if (!(error instanceof Failure)) {
    return new Failure(reasonOf(error), messageOf(error), { cause: error, ...present(hintFor(error)) });
  }
  if (error.details.hint !== undefined) return error;
  const hint = hintFor(error.details.cause) ?? hintOfPod(error);
  return hint === undefined
    ? error
    : new Failure(error.reason, error.message, { ...error.details, ...present(hint) });
}

function present(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return error.reason === '' ? 'ApiError' : error.reason;
  if (error instanceof ObjectStoreError || error instanceof InvalidProfile) return error.name;
  return 'Error';
}

/** From the outermost error inwards: what is nearer to the phase knows more of what was to be done. */
function hintFor(error: unknown): string | undefined {
  for (let depth = 0, at = error; at instanceof Error && depth < DEEPEST_CAUSE; depth++, at = at.cause) {
    const hint = ownHint(at);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

/** Causes may refer to each other. */
const DEEPEST_CAUSE = 10;

function ownHint(error: Error): string | undefined {
  if (error instanceof ApiError) return hintOf(`${error.message} ${error.reason}`, 'kubernetes');
  if (error instanceof ObjectStoreError) {
    return hintOf(`${error.message} ${error.code}`, 'store') ?? sentence(error.hint);
  }
  if (error instanceof InvalidProfile) return sentence(error.hint);
  // Of Node's own requests, as those to the API server.
  return 'code' in error ? hintOf(`${error.message} ${String(error.code)}`, 'kubernetes') : undefined;
}

/** What the command complained about, if that is known; it was a command that ended by itself. */
function hintOfPod({ details: { pod } }: Failure): string | undefined {
  if (pod?.logTail === undefined) return undefined;
  return hintOf(pod.logTail, 'log') ?? 'The last lines of the log say what the command complained about.';
}

/** Object stores write theirs as what follows a colon. */
function sentence(hint: string | undefined): string | undefined {
  if (hint === undefined) return undefined;
  const end = /[.!?]$/.test(hint) ? '' : '.';
  return `${hint.slice(0, 1).toUpperCase()}${hint.slice(1)}${end}`;
}
