import type { ActionSetFacts, Facts } from './scenario.ts';

/** Something that is not as it was recorded. A side that has nothing there is undefined. */
export interface Difference {
  /** Where: `actionSets[0].state`, `pods[1].spec.containers[0].image`; of lists without order, the list. */
  field: string;
  recorded?: unknown;
  here?: unknown;
}

/** Messages and warnings may go on where the recorded ones end; everything else has to be the same. */
export function compareFacts(recorded: Facts, here: Facts): Difference[] {
  return [
    ...leaves(recorded.refused, here.refused, 'refused'),
    ...pairs(recorded.actionSets, here.actionSets).flatMap(([there, ours], index) =>
      actionSetDifferences(there, ours, `actionSets[${index}]`),
    ),
    ...eventDifferences(recorded, here),
    ...leaves(recorded.pods.toSorted(byText), here.pods.toSorted(byText), 'pods'),
    ...leaves(recorded.execs.toSorted(byText), here.execs.toSorted(byText), 'execs'),
    ...leaves(recorded.objects, here.objects, 'objects'),
  ];
}

function actionSetDifferences(
  recorded: ActionSetFacts | undefined,
  here: ActionSetFacts | undefined,
  field: string,
): Difference[] {
  if (!recorded || !here) return [{ field, recorded, here }];
  const { message, causes, ...rest } = recorded;
  const { message: ourMessage, causes: _none, ...ours } = here;
  const begins = message === '' ? ourMessage === '' : goesOn(ourMessage, message);
  return [
    ...leaves(rest, ours, field),
    ...(begins ? [] : [{ field: `${field}.message`, recorded: message, here: ourMessage }]),
    ...causes
      .map((cause, index) => ({ field: `${field}.causes[${index}]`, recorded: cause, here: ourMessage }))
      .filter(({ recorded: cause }) => !says(ourMessage, cause)),
  ];
}

/**
 * A command's last lines are of two streams, whose order is chance: the first one may have been pushed out.
 */
function says(message: string, cause: string): boolean {
  const [first = '', ...rest] = cause.split('\n');
  return rest.length === 0 ? message.includes(first) : rest.every((line) => message.includes(line));
}

/** What begins with `…` may stand anywhere. */
function goesOn(here: string, recorded: string): boolean {
  return recorded.startsWith('…') ? here.includes(recorded.slice(1)) : here.startsWith(recorded);
}

/** A warning ends with an error: one that is the ActionSet's is compared there. */
function eventDifferences(recorded: Facts, here: Facts): Difference[] {
  const left = [...here.events];
  const missing = recorded.events.filter((event) => {
    const found = left.findIndex((ours) =>
      event.includes(': Warning ')
        ? ours.startsWith(event) || withoutError(ours, here) === withoutError(event, recorded)
        : ours === event,
    );
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  return [
    ...missing.map((event) => ({ field: 'events', recorded: event })),
    ...left.map((event) => ({ field: 'events', here: event })),
  ];
}

function withoutError(event: string, { actionSets }: Facts): string {
  const errors = actionSets.map(({ message }) => message).filter((message) => message !== '');
  return errors.reduce((left, error) => left.replace(error, () => 'the error'), event);
}

/** Where two values differ, each place by itself. */
function leaves(recorded: unknown, here: unknown, field: string): Difference[] {
  if (Array.isArray(recorded) && Array.isArray(here)) {
    return pairs<unknown>(recorded, here).flatMap(([there, ours], index) =>
      leaves(there, ours, `${field}[${index}]`),
    );
  }
  if (isRecord(recorded) && isRecord(here)) {
    return [...new Set([...Object.keys(recorded), ...Object.keys(here)])].flatMap((key) =>
      leaves(recorded[key], here[key], `${field}.${key}`),
    );
  }
  return JSON.stringify(recorded) === JSON.stringify(here) ? [] : [{ field, recorded, here }];
}

function pairs<T>(one: T[], other: T[]): [T | undefined, T | undefined][] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, index) => [one[index], other[index]]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Pods by what runs in them: labels may differ. Keys of objects have no order. */
function byText(one: object, other: object): number {
  return sortKey(one) < sortKey(other) ? -1 : 1;
}

function sortKey(value: object): string {
  return inOrder('spec' in value ? [value.spec, value] : value);
}

/** JSON whose keys are in the order of their names. */
export function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
