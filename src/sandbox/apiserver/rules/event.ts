import { equalJson, fieldsOf, textOf, valueAt } from '../json-value.ts';
import { keyComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { immutable } from './immutable.ts';

/** Of an event as the core group has it; what came by the older ways is only loosely looked at. */
export const coreEventErrors = (event: ApiObject): FieldError[] => eventErrors(event, 'reportingComponent');

/** Of an event that came by events.k8s.io, in its stored form, whose names are those of the core group. */
export function newEventErrors(event: ApiObject): FieldError[] {
  const { type, eventTime, firstTimestamp, lastTimestamp, count, source } = event;
  const unset = (field: string, isSet: boolean) =>
    isSet ? [invalidValue(field, '', 'needs to be unset')] : [];
  return [
    ...eventErrors(event, 'reportingController'),
    ...seriesErrors(event),
    ...(isTime(eventTime) ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning'
      ? []
      : [invalidValue('type', '', `has invalid value: ${textOf(type)}`)]),
    ...unset('firstTimestamp', isTime(firstTimestamp)),
    ...unset('lastTimestamp', isTime(lastTimestamp)),
    ...unset('count', Boolean(count)),
    ...unset(
      'source',
      Object.values(fieldsOf(source)).some((value) => textOf(value) !== ''),
    ),
  ];
}

/** An event of events.k8s.io tells of one thing for ever; only its series goes on. */
export function newEventUpdateErrors(event: ApiObject, old: ApiObject): FieldError[] {
  const fixed = (field: string, name = field) =>
    immutable(event, old, [field]).map((error) => ({ ...error, field: name }));
  return [
    ...(equalJson(event.series, old.series) ? [] : seriesErrors(event)),
    ...['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count'].flatMap(
      (field) => fixed(field),
    ),
    // A real server looks at this one twice.
    ...fixed('reason'),
    ...['type', 'eventTime', 'action', 'related'].flatMap((field) => fixed(field)),
    ...fixed('reportingComponent', 'reportingController'),
    ...fixed('reportingInstance'),
  ];
}

function eventErrors(event: ApiObject, controllerField: string): FieldError[] {
  const { namespace = '' } = event.metadata;
  const subject = textOf(valueAt(event, 'involvedObject', 'namespace'));
  const elsewhere = [invalidValue('involvedObject.namespace', subject, 'does not match event.namespace')];
  if (!isTime(event.eventTime)) {
    const fits = subject === '' ? namespace === 'default' : subject === namespace;
    return fits ? [] : elsewhere;
  }
  const controller = textOf(event.reportingComponent);
  return [
    ...(subject === '' && namespace !== 'default' && namespace !== 'kube-system' ? elsewhere : []),
    ...(controller === '' ? [required(controllerField)] : []),
    ...keyComplaints(controller).map((text) => invalidValue(controllerField, controller, text)),
    ...textErrors(event, 'reportingInstance', 128),
    ...textErrors(event, 'action', 128),
    ...textErrors(event, 'reason', 128),
    ...tooLong(event, 'message', 1024),
  ];
}

const textErrors = (event: ApiObject, field: string, most: number): FieldError[] =>
  textOf(event[field]) === '' ? [required(field)] : tooLong(event, field, most);

const tooLong = (event: ApiObject, field: string, most: number): FieldError[] =>
  Buffer.byteLength(textOf(event[field])) > most
    ? [invalidValue(field, '', `can have at most ${most} characters`)]
    : [];

function seriesErrors({ series }: ApiObject): FieldError[] {
  if (series === undefined || series === null) return [];
  const { count = 0, lastObservedTime } = fieldsOf(series);
  return [
    ...(Number(count) < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(isTime(lastObservedTime) ? [] : [required('series.lastObservedTime')]),
  ];
}

const isTime = (value: unknown): boolean => textOf(value) !== '';
