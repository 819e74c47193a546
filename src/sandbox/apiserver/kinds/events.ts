import { toCoreEvent, toNewEvent } from '../event-conversion.ts';
import { textOf, valueAt } from '../json-value.ts';
import { PRINTER_COLUMNS } from '../printer-columns.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { defineKind, selectable } from './define-kind.ts';

export const EVENTS_KINDS: ResourceDefinition[] = [
  defineKind('events.k8s.io', 'events', 'Event', {
    shortNames: ['ev'],
    storage: 'events',
    columns: PRINTER_COLUMNS.events ?? [],
    selectableFields: eventFields('regarding'),
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
