import type { FailureStatus } from '../api/kanister/types.ts';
import { API_VERSION } from '../api/kanister/types.ts';
import type { EventSubject, EventText } from './events.ts';
import type { Failure } from './failure.ts';
import { actionSetOf, type ActionRun, type Run } from './action-run.ts';

/** Bytes of the parts of a failure in the status, 8 KiB in all: it is for reading, the log has everything. */
const LONGEST_MESSAGE = 4_096;
const LONGEST_TAIL = 2_304;
const LONGEST_HINT = 768;
const LONGEST_WORD = 128;

/** What the status says of a failure; secrets are masked here and in `failureText`, and nowhere else. */
export function failureStatus(run: Pick<Run, 'mask'>, failure: Failure): FailureStatus {
  const { argument, template, pod, hint } = failure.details;
  const mask = (text: string, bytes = LONGEST_WORD) => cut(run.mask.apply(text), bytes);
  return {
    reason: cut(failure.reason, LONGEST_WORD),
    message: mask(failure.message, LONGEST_MESSAGE),
    ...(argument === undefined ? {} : { argument: mask(argument) }),
    ...(template === undefined ? {} : { template }),
    ...(pod === undefined
      ? {}
      : {
          pod: {
            ...pod,
            ...(pod.reason === undefined ? {} : { reason: mask(pod.reason) }),
            ...(pod.logTail === undefined ? {} : { logTail: mask(pod.logTail, LONGEST_TAIL) }),
          },
        }),
    ...(hint === undefined ? {} : { hint: mask(hint, LONGEST_HINT) }),
  };
}

/** The failure in one text: the original's message first, because people grep for its beginning, then where it happened and what to do. */
export function failureText(run: Pick<Run, 'mask'>, failure: Failure, where: string): string {
  const { hint } = failure.details;
  const text = `${failure.message} (${where})${hint === undefined ? '' : `. ${hint}`}`;
  return cut(run.mask.apply(text), LONGEST_MESSAGE);
}

export function postOnActionSet(run: Run, key: string, event: EventText): void {
  const { name, namespace, uid, resourceVersion } = actionSetOf(run).metadata;
  run.events.post(subject('ActionSet', { name, namespace, uid, resourceVersion }), key, event);
}

/** A failure is told on the ActionSet and on its Blueprint. */
export function postFailure(action: ActionRun, key: string, prefix: string, message: string): void {
  const { run, spec } = action;
  const event: EventText = {
    type: 'Warning',
    reason: `ActionSetFailed Action: ${spec.name}`,
    message: run.mask.apply(`${prefix} ${message}`),
  };
  postOnActionSet(run, key, event);
  const blueprint = action.journal.pins.blueprintObject;
  if (blueprint !== undefined) postOnBlueprint(run, blueprint, key, event);
}

/** Told once for each ActionSet. */
export function postOnBlueprint(
  run: Run,
  blueprint: { name: string; uid?: string },
  key: string,
  event: EventText,
): void {
  const { namespace, uid } = actionSetOf(run).metadata;
  const { name, uid: blueprintUid } = blueprint;
  run.events.post(subject('Blueprint', { namespace, name, uid: blueprintUid }), `${uid ?? ''}:${key}`, event);
}

function subject(
  kind: string,
  metadata: {
    name: string;
    namespace?: string | undefined;
    uid?: string | undefined;
    resourceVersion?: string | undefined;
  },
): EventSubject {
  const { name, namespace = '', uid = '', resourceVersion } = metadata;
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { name, namespace, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
}

function cut(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  return `${buffer
    .subarray(0, bytes - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}
