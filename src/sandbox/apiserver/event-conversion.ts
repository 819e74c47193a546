import { fieldsOf } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';

/** Events have two groups with different field names for one thing; the core form is stored. */

/** events.k8s.io/v1 → v1 */
export function toCoreEvent(event: ApiObject): ApiObject {
  const { note, regarding, reportingController, deprecatedSource, deprecatedCount, ...rest } = event;
  const { deprecatedFirstTimestamp, deprecatedLastTimestamp, ...same } = rest;
  return dropAbsent({
    ...same,
    metadata: event.metadata,
    apiVersion: 'v1',
    kind: 'Event',
    message: note,
    involvedObject: fieldsOf(regarding),
    reportingComponent: reportingController,
    source: fieldsOf(deprecatedSource),
    count: deprecatedCount,
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
  });
}

/** v1 → events.k8s.io/v1 */
export function toNewEvent(event: ApiObject): ApiObject {
  const {
    message,
    involvedObject,
    reportingComponent,
    source,
    count,
    firstTimestamp,
    lastTimestamp,
    ...same
  } = event;
  return dropAbsent({
    ...same,
    metadata: event.metadata,
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    note: message,
    regarding: fieldsOf(involvedObject),
    reportingController: reportingComponent,
    deprecatedSource: fieldsOf(source),
    deprecatedCount: count,
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
  });
}

function dropAbsent(event: ApiObject): ApiObject {
  for (const key of Object.keys(event)) if (event[key] === undefined) delete event[key];
  return event;
}
