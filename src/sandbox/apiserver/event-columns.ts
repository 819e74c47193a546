import { elapsed } from './elapsed.ts';
import { fieldsOf, textOf, valueAt } from './json-value.ts';
import { column, text, wide } from './printer-column.ts';
import type { PrinterColumn } from './resource-definition.ts';

/** Of events in the core group's form. They alone have their names at the end. */
export const EVENT_COLUMNS: PrinterColumn[] = [
  column('Last Seen', (event, now) =>
    elapsed(
      textOf(valueAt(event, 'series', 'lastObservedTime')) ||
        textOf(event.lastTimestamp) ||
        textOf(event.firstTimestamp) ||
        textOf(event.eventTime),
      now,
    ),
  ),
  column('Type', text('type')),
  column('Reason', text('reason')),
  column('Object', (event) => {
    const { kind, name } = fieldsOf(event.involvedObject);
    return `${textOf(kind).toLowerCase()}/${textOf(name)}`;
  }),
  wide('Subobject', text('involvedObject', 'fieldPath')),
  wide('Source', (event) => {
    const component = textOf(valueAt(event, 'source', 'component')) || textOf(event.reportingComponent);
    const host = textOf(valueAt(event, 'source', 'host')) || textOf(event.reportingInstance);
    return host === '' ? component : `${component}, ${host}`;
  }),
  column('Message', (event) => textOf(event.message).trim()),
  wide('First Seen', (event, now) => elapsed(textOf(event.firstTimestamp) || textOf(event.eventTime), now)),
  wide('Count', (event) => Number(valueAt(event, 'series', 'count') ?? event.count ?? 0) || 1),
  { ...wide('Name', (event) => event.metadata.name), format: 'name' },
];
