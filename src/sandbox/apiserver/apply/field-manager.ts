import type { ApiRequest } from '../api-exchange.ts';
import { invalidValue, required, tooLong, invalid, forbiddenField } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const MAXIMUM_LENGTH = 128;

/**
 * Who owns what a request changes: whom its query names, or else the program that sent it.
 * @throws {StatusError} 422 for a name that can't be one
 */
export function fieldManagerOf({
  method,
  query,
  headers,
}: Pick<ApiRequest, 'method' | 'query' | 'headers'>): string {
  const named = query.get('fieldManager') ?? '';
  const apply = method === 'PATCH' && contentTypeOf(headers) === 'application/apply-patch+yaml';
  const errors: FieldError[] = [];
  if (apply && named === '') errors.push(required('fieldManager', 'is required for apply patch'));
  if (method === 'PATCH' && !apply && query.has('force')) {
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...nameErrors(named));
  if (errors.length > 0) {
    throw invalid(
      { group: 'meta.k8s.io', kind: OPTIONS[method] ?? 'UpdateOptions', resource: '' },
      '',
      errors,
    );
  }
  return named || programOf(headers['user-agent'] ?? '');
}

const OPTIONS: Partial<Record<ApiRequest['method'], string>> = {
  POST: 'CreateOptions',
  PATCH: 'PatchOptions',
};

function nameErrors(name: string): FieldError[] {
  if (Buffer.byteLength(name) > MAXIMUM_LENGTH) return [tooLong('fieldManager', MAXIMUM_LENGTH)];
  let position = 0;
  const errors: FieldError[] = [];
  for (const character of name) {
    if (!isPrintable(character)) {
      const code = character.codePointAt(0) ?? 0;
      const text = `invalid character U+${code.toString(16).toUpperCase().padStart(4, '0')} (at position ${position})`;
      errors.push(invalidValue('fieldManager', name, text));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

/** What stands before the first slash of a User-Agent header. */
function programOf(userAgent: string): string {
  let name = '';
  for (const character of userAgent.split('/')[0] ?? '') {
    if (!isPrintable(character)) continue;
    if (Buffer.byteLength(name + character) > MAXIMUM_LENGTH) break;
    name += character;
  }
  return name;
}

/** As Go's unicode package sees it: letters, marks, numbers, punctuation, symbols, and the plain space. */
const isPrintable = (character: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);

const contentTypeOf = (headers: Record<string, string>): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
