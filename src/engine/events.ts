import type { Logger } from 'pino';
import { isAlreadyExists } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { EVENTS } from '../kubernetes/resources.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import type { EventTurns } from './event-turns.ts';
import { derivedSuffix } from './names.ts';

/** What scripts look for in the original's events. */
const COMPONENT = 'Kanister Controller';

/** Bytes: the API server refuses a longer message. */
const LONGEST_MESSAGE = 1024;

export interface EventSubject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; uid: string; resourceVersion?: string };
}

export interface EventText {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export interface EventRecorder {
  /**
   * Posts an event once in the life of `key`: its name is derived from the subject and the key, so posting it again after a
   * restart finds it there. Posts one after the other, in the order of the calls; a failure is logged, and never fails a run. A
   * warning waits for nothing but those before it.
   */
  post(subject: EventSubject, key: string, event: EventText): void;
  /** Resolves when all that was posted so far is stored, or was refused. */
  drain(): Promise<void>;
}

export interface EventRecorderOptions {
  client: KubernetesClient;
  clock: Clock;
  log: Logger;
  /** Milliseconds that what is normal may wait for what matters more: writes of the run that it tells of. */
  patience?: number;
  /** Those of the operator. Warnings do not wait for them. */
  turns?: EventTurns;
}

export function createEventRecorder({
  client,
  clock,
  log,
  patience = 0,
  turns,
}: EventRecorderOptions): EventRecorder {
  let queue: Promise<void> = Promise.resolve();
  let waiting: AbortController | undefined;
  let patient: Promise<void> = Promise.resolve();

  const wait = () => {
    const called = new AbortController();
    waiting = called;
    patient = clock
      .sleep(patience, called.signal)
      .catch(() => undefined)
      .finally(() => {
        waiting = undefined;
      });
  };
  const hurry = () => waiting?.abort(WORK_ENDED);

  const create = async (event: KubernetesObject) => {
    try {
      await client.create(EVENTS, event, { fieldValidation: 'Ignore' });
    } catch (error) {
      if (isAlreadyExists(error)) return;
      log.warn({ error: String(error), event: event.metadata?.name }, 'Failed to create event');
    }
  };

  return {
    post(subject, key, text) {
      const event = buildEvent(subject, key, text, clock.now());
      if (patience > 0 && waiting === undefined) wait();
      if (text.type === 'Warning') hurry();
      const turn = patient;
      const isUrgent = turns === undefined || text.type === 'Warning';
      queue = queue.then(() => turn).then(() => (isUrgent ? create(event) : turns.take(() => create(event))));
    },
    drain() {
      hurry();
      return queue;
    },
  };
}

function buildEvent(subject: EventSubject, key: string, text: EventText, now: Date): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = subject.metadata;
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${derivedSuffix(uid, key)}`, namespace },
    involvedObject: {
      apiVersion: subject.apiVersion,
      kind: subject.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
    type: text.type,
    reason: text.reason,
    message: shorten(text.message),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: '',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
  return event;
}

function shorten(message: string): string {
  if (Buffer.byteLength(message) <= LONGEST_MESSAGE) return message;
  // Cutting bytes may split a character; what is left of it is dropped.
  return `${Buffer.from(message)
    .subarray(0, LONGEST_MESSAGE - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}
