import type { FailureStatus } from '../api/kanister/types.ts';
import { API_VERSION } from '../api/kanister/types.ts';
import type { EventSubject, EventText } from './events.ts';
import type { Failure } from './failure.ts';
import { actionSetOf, type ActionRun, type Run } from './action-run.ts';

/** Bytes of JSON of the parts of a failure in the status, 8 KiB in all: it is for reading, the log has everything. */
const LONGEST_MESSAGE = 3_840;
const LONGEST_TAIL = 2_304;
const LONGEST_HINT = 768;
const LONGEST_WORD = 128;
const LONGEST_NAME = 256;

/** Of a failure in one text: with the event's own words in front it fits into an event. */
const LONGEST_TEXT = 896;
const LONGEST_SHORT_HINT = 384;

/** What the status says of a failure; secrets are masked here and in `failureText`, and nowhere else. */
export function failureStatus(run: Pick<Run, 'mask'>, failure: Failure): FailureStatus {
  const { argument, template, pod, hint } = failure.details;
  const mask = (text: string, bytes = LONGEST_WORD) => cutJson(run.mask.apply(text), bytes);
  return {
    reason: mask(failure.reason),
    message: mask(failure.message, LONGEST_MESSAGE),
    ...(argument === undefined ? {} : { argument: mask(argument) }),
    ...(template === undefined ? {} : { template: { line: template.line, column: template.column } }),
    ...(pod === undefined
      ? {}
      : {
          pod: {
            name: mask(pod.name, LONGEST_NAME),
            ...(pod.phase === undefined ? {} : { phase: mask(pod.phase) }),
            ...(pod.reason === undefined ? {} : { reason: mask(pod.reason) }),
            ...(pod.exitCode === undefined ? {} : { exitCode: pod.exitCode }),
            // Of a log the last words are the ones that tell.
            ...(pod.logTail === undefined
              ? {}
              : { logTail: cutJsonStart(run.mask.apply(pod.logTail), LONGEST_TAIL) }),
          },
        }),
    ...(hint === undefined ? {} : { hint: mask(hint, LONGEST_HINT) }),
  };
}

/**
 * The failure in one short text: the original's message first, because people grep for its beginning, then where it happened and what to
 * do. Of a long message the middle goes: it ends with what went wrong.
 */
export function failureText(run: Pick<Run, 'mask'>, failure: Failure, where: string): string {
  const { hint } = failure.details;
  const place = cut(run.mask.apply(where), LONGEST_NAME);
  const advice = hint === undefined ? '' : `. ${cut(run.mask.apply(hint), LONGEST_SHORT_HINT)}`;
  const room = LONGEST_TEXT - Buffer.byteLength(place) - Buffer.byteLength(advice) - 3;
  return `${cutMiddle(run.mask.apply(failure.message), room)} (${place})${advice}`;
}

export function postOnActionSet(run: Run, key: string, event: EventText): void {
  const { name, namespace, uid, resourceVersion } = actionSetOf(run).metadata;
  run.events.post(subject('ActionSet', { name, namespace, uid, resourceVersion }), key, event);
}

/** Tells that the action begins. */
export function postActionStarted({ run, index, status }: ActionRun): void {
  postOnActionSet(run, `${index}:${status.name}:started`, {
    type: 'Normal',
    reason: 'Started Action',
    message: `Executing action ${status.name}`,
  });
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
  return cutBy(text, bytes, (part) => Buffer.byteLength(part));
}

/** Control characters, quotes and backslashes are longer in JSON than in memory. */
function cutJson(text: string, bytes: number): string {
  return cutBy(text, bytes, bytesOfJson);
}

function cutJsonStart(text: string, bytes: number): string {
  if (bytesOfJson(text) <= bytes) return text;
  const skipped = longest(
    text.length,
    (length) => bytesOfJson(text.slice(text.length - length)) <= bytes - 3,
  );
  return `…${whole(text.slice(text.length - skipped))}`;
}

function cutMiddle(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const half = Math.floor((bytes - 3) / 2);
  const begin = longest(text.length, (length) => Buffer.byteLength(text.slice(0, length)) <= half);
  const end = longest(text.length, (length) => Buffer.byteLength(text.slice(text.length - length)) <= half);
  return `${whole(text.slice(0, begin))}…${whole(text.slice(text.length - end))}`;
}

function cutBy(text: string, bytes: number, size: (part: string) => number): string {
  if (size(text) <= bytes) return text;
  const length = longest(text.length, (part) => size(text.slice(0, part)) <= bytes - 3);
  return `${whole(text.slice(0, length))}…`;
}

/** The greatest number up to `most` that fits; every smaller one does. */
function longest(most: number, fits: (length: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Halves of characters at the ends, which a cut leaves, go. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
}

function bytesOfJson(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}
