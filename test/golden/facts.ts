import { normalise, normaliseText } from './normalise.ts';
import type { ActionSetFacts, PhaseFacts } from './scenario.ts';

export interface StoredActionSet {
  metadata: { name: string; uid?: string };
  status?: {
    state: string;
    error: { message: string };
    progress?: { percentCompleted?: string };
    actions:
      | {
          name: string;
          blueprint: string;
          object: object;
          phases: PhaseFacts[] | null;
          deferPhase: PhaseFacts;
          artifacts?: object;
        }[]
      | null;
  };
}

export interface EventObject {
  metadata: { name: string };
  involvedObject: { kind: string; name: string };
  type: string;
  reason: string;
  message: string;
  count?: number;
}

/** Of a stored ActionSet; `none` is the state of one that has no status. */
export function statusFacts({
  metadata,
  status,
}: StoredActionSet): Omit<ActionSetFacts, 'message' | 'causes'> {
  const phase = ({ name, state, output }: PhaseFacts): PhaseFacts => ({
    name,
    state,
    ...(output && { output }),
  });
  return normalise({
    name: metadata.name,
    state: status?.state ?? 'none',
    ...(status?.state === 'complete' && { percentCompleted: status.progress?.percentCompleted ?? '' }),
    actions: (status?.actions ?? []).map(({ name, blueprint, object, phases, deferPhase, artifacts }) => ({
      name,
      blueprint,
      object,
      phases: (phases ?? []).map(phase),
      deferPhase: phase(deferPhase),
      ...(artifacts && { artifacts }),
    })),
  });
}

/**
 * The part of an error's text that people look for, and the texts of the causes that the original prints behind it as JSON. Where the
 * last reason stands in front and is chance, that is `…`.
 */
export function errorFacts(message: string): { message: string; causes: string[] } {
  const text = message
    .replace(/^(null|\{"[^}]*\}): /, '')
    // Whether its client's limiter or the deadline itself was first is chance.
    .replace(/^client rate limiter .*?(?=Failed to )/s, '…')
    .replace(/: client rate limiter .*$/s, '');
  const [, stem = text, json] = /^(.*?): (\{".*)$/s.exec(text) ?? [];
  return {
    message: normaliseText(stem),
    causes: json === undefined ? [] : causesIn(JSON.parse(json) as Cause).map(normaliseText),
  };
}

interface Cause {
  message?: string;
  cause?: Cause;
}

function causesIn({ message, cause }: Cause): string[] {
  return [...(message === undefined ? [] : [message]), ...(cause ? causesIn(cause) : [])];
}

/** One line. */
export function eventFacts({ involvedObject, type, reason, message, count = 1 }: EventObject): string {
  const { kind, name } = involvedObject;
  return normaliseText(`${kind}/${name}: ${type} ${reason} ×${count}: ${message}`);
}

/** An event of the original: a warning's message ends with the stem of its error. */
export function recordedEventFacts(event: EventObject): string {
  const words = event.message.replace(/v1alpha1\.Phase\{.*?\}\}: /s, '');
  const [, heading = '', error = words] = /^(Failed to [a-z ]*?phase(?: params)?: )(.*)$/s.exec(words) ?? [];
  const message = event.type === 'Warning' ? heading + errorFacts(error).message : words;
  return eventFacts({ ...event, message });
}
