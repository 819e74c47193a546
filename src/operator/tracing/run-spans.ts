import { createHash } from 'node:crypto';
import type {
  ObservedAction,
  ObservedActionSet,
  ObservedPhase,
  Outcome,
  RunObserver,
  Span,
} from '../../engine/observer.ts';
import type { Attributes, TraceSpan } from './span.ts';

/**
 * The trace of each ActionSet: one span for it, and below that one for each action, phase, attempt and step. Their ids follow from what they are
 * spans of, so that operators that follow each other make one trace between them. No span has an argument, an output or a message: they may hold secrets.
 */
export function createRunSpans(record: (span: TraceSpan) => void): RunObserver {
  return {
    actionSetEnded: (ended) =>
      record({ ...common(ended, []), name: 'ActionSet', attributes: withOutcome(ofActionSet(ended), ended) }),
    actionEnded: (ended) =>
      record({
        ...common(ended, actionPath(ended)),
        name: `action ${ended.action}`,
        attributes: withOutcome(ofAction(ended), ended),
      }),
    phaseEnded: (ended) =>
      record({
        ...common(ended, phasePath(ended)),
        name: `phase ${ended.phase}`,
        attributes: withOutcome(
          {
            ...ofPhase(ended),
            'kanister.attempts': ended.attempts,
            ...(Number.isFinite(ended.bytes) ? { 'kanister.bytes': Math.trunc(ended.bytes ?? 0) } : {}),
          },
          ended,
        ),
      }),
    attemptEnded: (ended) =>
      record({
        ...common(ended, [...phasePath(ended), ended.attempt]),
        name: `attempt ${ended.attempt}`,
        attributes: withOutcome({ ...ofPhase(ended), 'kanister.attempt': ended.attempt }, ended),
      }),
    stepEnded: (ended) =>
      record({
        ...common(ended, [...phasePath(ended), ended.attempt, ended.step]),
        name: `step ${ended.step}`,
        attributes: withOutcome(
          { ...ofPhase(ended), 'kanister.attempt': ended.attempt, 'kanister.step': ended.step },
          ended,
        ),
      }),
    phaseRunning: () => () => undefined,
  };
}

/** From the ActionSet down to what a span is of; its parent's is one shorter. */
type Path = readonly (number | string)[];

function actionPath({ index }: ObservedAction): Path {
  return [index];
}

function phasePath({ index, position }: ObservedPhase): Path {
  return [index, position];
}

function common(
  ended: Span & Outcome & (ObservedActionSet | ObservedAction),
  path: Path,
): Omit<TraceSpan, 'name' | 'attributes'> {
  const { uid } = 'uid' in ended ? ended : ended.actionSet;
  return {
    traceId: traceIdOf(uid),
    spanId: spanIdOf(uid, path),
    parentSpanId: path.length === 0 ? undefined : spanIdOf(uid, path.slice(0, -1)),
    start: ended.start,
    end: ended.end < ended.start ? ended.start : ended.end,
    failure: ended.outcome === 'failed' ? ended.reason : undefined,
  };
}

/** A UID is as long as the id of a trace, and as random: who knows the ActionSet finds its trace. */
function traceIdOf(uid: string): string {
  const digits = uid.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) && !/^0+$/.test(digits) ? digits : digest(uid).slice(0, 32);
}

function spanIdOf(uid: string, path: Path): string {
  return digest(JSON.stringify([uid, ...path])).slice(0, 16);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function ofActionSet({ namespace, name, uid }: ObservedActionSet): Attributes {
  return {
    'k8s.namespace.name': namespace,
    'kanister.actionset.name': name,
    'kanister.actionset.uid': uid,
  };
}

function ofAction({ actionSet, index, blueprint, action }: ObservedAction): Attributes {
  return {
    ...ofActionSet(actionSet),
    'kanister.action.index': index,
    'kanister.action.name': action,
    'kanister.blueprint.name': blueprint,
  };
}

function ofPhase(observed: ObservedPhase): Attributes {
  return {
    ...ofAction(observed),
    'kanister.phase.position': observed.position,
    'kanister.phase.name': observed.phase,
    'kanister.function': observed.function,
  };
}

function withOutcome(attributes: Attributes, ended: Outcome): Attributes {
  return {
    ...attributes,
    'kanister.outcome': ended.outcome,
    // OpenTelemetry's own name for it.
    ...(ended.outcome === 'failed' ? { 'error.type': ended.reason } : {}),
  };
}
