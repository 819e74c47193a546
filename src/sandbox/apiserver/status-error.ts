import type { Status } from '../../kubernetes/objects.ts';

/** A refusal, as the API server words it: it becomes the response's Status. */
export class StatusError extends Error {
  readonly code: number;
  readonly status: Status;
  /** Texts for the response's Warning headers. */
  readonly warnings: string[] = [];

  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code,
    };
  }
}

/** The parts of a resource that texts name. */
export interface Named {
  group: string;
  resource: string;
  kind: string;
}

export interface FieldError {
  /** `spec.containers[0].name`. */
  field: string;
  reason: string;
  /** Everything after the field and its colon. */
  message: string;
}

/** `pods` or `deployments.apps`. */
export const qualifiedResource = ({ group, resource }: Pick<Named, 'group' | 'resource'>): string =>
  group ? `${resource}.${group}` : resource;

/** `Pod` or `Deployment.apps`. */
export const qualifiedKind = ({ group, kind }: Pick<Named, 'group' | 'kind'>): string =>
  group ? `${kind}.${group}` : kind;

const details = (type: Named, name: string): NonNullable<Status['details']> => ({
  name,
  ...(type.group && { group: type.group }),
  kind: type.resource,
});

export const notFound = (type: Named, name: string): StatusError =>
  new StatusError(
    404,
    'NotFound',
    `${qualifiedResource(type)} ${quote(name)} not found`,
    details(type, name),
  );

export const alreadyExists = (type: Named, name: string): StatusError =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualifiedResource(type)} ${quote(name)} already exists`,
    details(type, name),
  );

export const conflict = (type: Named, name: string, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(type)} ${quote(name)}: ${why}`,
    details(type, name),
  );

export const objectModified = (type: Named, name: string): StatusError =>
  conflict(
    type,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

export const forbidden = (
  type: Named,
  name: string,
  why: string,
  causes?: NonNullable<Status['details']>['causes'],
): StatusError =>
  new StatusError(
    403,
    'Forbidden',
    name
      ? `${qualifiedResource(type)} ${quote(name)} is forbidden: ${why}`
      : `${qualifiedResource(type)} is forbidden: ${why}`,
    { ...details(type, name), ...(causes && { causes }) },
  );

export function invalid(type: Named, name: string, errors: FieldError[]): StatusError {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const text = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${qualifiedKind(type)} ${quote(name)} is invalid: ${text}`, {
    ...(name && { name }),
    ...(type.group && { group: type.group }),
    ...(type.kind && { kind: type.kind }),
    causes: errors,
  });
}

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const internalError = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });

export const methodNotAllowed = (): StatusError =>
  new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

/** For a part of an object that its resource does not have. */
export const notServed = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const gone = (message: string): StatusError => new StatusError(410, 'Expired', message);

export const tooManyRequests = (
  message: string,
  retryAfterSeconds: number,
  causes: NonNullable<Status['details']>['causes'],
): StatusError =>
  new StatusError(429, 'TooManyRequests', message, {
    causes,
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });

export const resourceVersionTooLarge = (asked: number, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

/** What a real server can and this one cannot. Never answered with something that only looks right. */
export const notSupported = (what: string): StatusError =>
  new StatusError(501, 'NotImplemented', `the sandbox does not support ${what}`);

const error = (field: string, reason: string, message: string): FieldError => ({ field, reason, message });

export const required = (field: string, detail = ''): FieldError =>
  error(field, 'FieldValueRequired', `Required value${detail && `: ${detail}`}`);

export const invalidValue = (field: string, value: unknown, detail: string): FieldError =>
  error(field, 'FieldValueInvalid', `Invalid value: ${printed(value)}: ${detail}`);

/** A value of the wrong JSON type: the server prints the type in the value's place, and the value's type last. */
export const wrongType = (field: string, found: string, expected: string): FieldError =>
  error(
    field,
    'FieldValueTypeInvalid',
    `Invalid value: ${quote(found)}: ${field} in body must be of type ${expected}: ${quote(found)}`,
  );

export const unsupportedValue = (field: string, value: unknown, supported: string[]): FieldError =>
  error(
    field,
    'FieldValueNotSupported',
    `Unsupported value: ${printed(value)}: supported values: ${supported.map(quote).join(', ')}`,
  );

export const forbiddenField = (field: string, detail: string): FieldError =>
  error(field, 'FieldValueForbidden', `Forbidden: ${detail}`);

export const duplicateValue = (field: string, value: unknown): FieldError =>
  error(field, 'FieldValueDuplicate', `Duplicate value: ${printed(value)}`);

export const tooLong = (field: string, maximum: number): FieldError =>
  error(field, 'FieldValueTooLong', `Too long: may not be more than ${maximum} bytes`);

export const tooMany = (field: string, found: number, maximum: number): FieldError =>
  error(field, 'FieldValueTooMany', `Too many: ${found}: must have at most ${maximum} items`);

/** As Go's %q writes it: JSON's form, but for control characters. */
export const quote = (text: string): string =>
  JSON.stringify(text).replaceAll(/\\(?:u00([0-9a-f]{2})|.)|\x7f/g, (escape, code: string | undefined) => {
    if (code === '07') return '\\a';
    if (code === '0b') return '\\v';
    return escape === '\x7f' ? '\\x7f' : code === undefined ? escape : `\\x${code}`;
  });

const printed = (value: unknown): string =>
  value === undefined ? '""' : typeof value === 'string' ? quote(value) : JSON.stringify(value);
