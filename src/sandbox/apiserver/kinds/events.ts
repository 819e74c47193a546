import { toCoreEvent, toNewEvent } from '../event-conversion.ts';
import { textOf, valueAt } from '../json-value.ts';
import { newEventErrors, newEventUpdateErrors } from '../rules/event.ts';
import { EVENT_COLUMNS } from '../event-columns.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { defineKind, selectable } from './define-kind.ts';

export const EVENTS_KINDS: ResourceDefinition[] = [
  defineKind('events.k8s.io', 'events', 'Event', {
    shortNames: ['ev'],
    storage: 'events',
    columns: EVENT_COLUMNS.map((column) => ({
      ...column,
      cell: (event, now) => column.cell(toCoreEvent(event), now),
    })),
    selectableFields: eventFields('regarding'),
    validate: newEventErrors,
    validateUpdate: newEventUpdateErrors,
    fromStorage: toNewEvent,
    toStorage: toCoreEvent,
  }),
];

/** Both groups select on the stored, core form. */
export function eventFields(subject: 'involvedObject' | 'regarding'): ResourceDefinition['selectableFields'] {
  const ofSubject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  return {
    ...selectable(
      Object.fromEntries(ofSubject.map((name) => [`${subject}.${name}`, ['involvedObject', name]])),
    ),
    ...selectable({ reason: ['reason'], type: ['type'], reportingComponent: ['reportingComponent'] }),
    source: (event) => textOf(valueAt(event, 'source', 'component')) || textOf(event.reportingComponent),
  };
}
