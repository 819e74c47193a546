import { fieldsOf, textOf, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { jobSpecErrors } from './job.ts';
import { negativeCounts } from './count.ts';
import { scheduleComplaint } from './cron-schedule.ts';

const CONCURRENCY_POLICIES = ['Allow', 'Forbid', 'Replace'];

/** The controller adds a dash and ten digits to the name of each job, which may have 63 characters. */
const LONGEST_NAME = 52;

export function cronJobErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  return [
    ...scheduleErrors(textOf(spec.schedule)),
    ...negativeCounts(spec, 'spec', ['startingDeadlineSeconds']),
    ...timeZoneErrors(spec.timeZone),
    ...(CONCURRENCY_POLICIES.includes(textOf(spec.concurrencyPolicy))
      ? []
      : [unsupportedValue('spec.concurrencyPolicy', spec.concurrencyPolicy, CONCURRENCY_POLICIES)]),
    ...jobSpecErrors(fieldsOf(valueAt(spec, 'jobTemplate', 'spec')), 'spec.jobTemplate.spec'),
    ...negativeCounts(spec, 'spec', ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit']),
    ...(object.metadata.name.length > LONGEST_NAME
      ? [
          invalidValue(
            'metadata.name',
            object.metadata.name,
            `must be no more than ${LONGEST_NAME} characters`,
          ),
        ]
      : []),
  ];
}

function scheduleErrors(schedule: string): FieldError[] {
  if (schedule === '') return [required('spec.schedule')];
  const complaint = scheduleComplaint(schedule);
  return [
    ...(complaint === undefined ? [] : [invalidValue('spec.schedule', schedule, complaint)]),
    ...(schedule.includes('TZ')
      ? [
          invalidValue(
            'spec.schedule',
            schedule,
            'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
          ),
        ]
      : []),
  ];
}

function timeZoneErrors(zone: unknown): FieldError[] {
  if (zone === undefined) return [];
  const refused = (why: string) => [invalidValue('spec.timeZone', zone, why)];
  if (zone === '') return refused('timeZone must be nil or non-empty string');
  const name = textOf(zone);
  if (name.split('/').some((part) => part.startsWith('-') || !/^[A-Za-z._+-][A-Za-z0-9._+-]*$/.test(part)))
    return refused(`unknown time zone ${name}`);
  if (name.toLowerCase() === 'local')
    return refused('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  try {
    Intl.DateTimeFormat('en', { timeZone: name }).format(0);
    return [];
  } catch {
    return refused(`unknown time zone ${name}`);
  }
}
