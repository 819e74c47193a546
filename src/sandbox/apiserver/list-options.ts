import { isWatch } from './auth/request-attributes.ts';
import { StatusError, badRequest, forbiddenField, invalid, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** What the query of a list or a watch asks for, checked. */
export interface ListOptions {
  labelSelector: string;
  fieldSelector: string;
  /** 0 or less: all. */
  limit: number;
  continue: string;
  /** `''`: the newest; `0`: any. */
  resourceVersion: string;
  match: '' | 'Exact' | 'NotOlderThan';
  /** Seconds; 0: the server's choice. */
  timeoutSeconds: number;
  allowWatchBookmarks: boolean;
  sendInitialEvents: boolean | undefined;
}

const LIST_OPTIONS = { group: 'meta.k8s.io', resource: 'ListOptions', kind: 'ListOptions' };

/** @throws {StatusError} 400 for what cannot be read, 422 for what does not go together */
export function listOptions(query: URLSearchParams): ListOptions {
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: integer(query, 'limit'),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    match: (query.get('resourceVersionMatch') ?? '') as ListOptions['match'],
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: flag(query, 'sendInitialEvents'),
  };
  const errors = isWatch(query) ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalid(LIST_OPTIONS, '', errors);
  return options;
}

function listErrors(options: ListOptions): FieldError[] {
  const { match, resourceVersion, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (match !== '') {
    const refuse = (why: string) => errors.push(forbiddenField('resourceVersionMatch', why));
    if (resourceVersion === '')
      refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (options.continue !== '') refuse('resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(unsupportedValue('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors({ match, sendInitialEvents, ...options }: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (why: string) => errors.push(forbiddenField('resourceVersionMatch', why));
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match === '') return errors;
  if (sendInitialEvents === undefined) {
    refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  if (match !== 'NotOlderThan')
    errors.push(unsupportedValue('resourceVersionMatch', match, ['NotOlderThan']));
  if (options.continue !== '') refuse('resourceVersionMatch is forbidden when continue is provided');
  return errors;
}

/** As Kubernetes reads flags in a query: whatever is not a no is a yes. */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  return text === null ? undefined : !['false', '0'].includes(text.toLowerCase());
}

function integer(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** @throws {StatusError} 500, as a real server answers reads and watches, where it is not a version */
export function readVersion(text: string): number {
  if (/^\d*$/.test(text)) return Number(text);
  throw new StatusError(500, '', invalidVersion(text));
}

export const invalidVersion = (text: string): string =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
