import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { badRequest } from './status-error.ts';

export type FieldSelector = (object: ApiObject) => boolean;

/**
 * Reads `metadata.name=x,status.phase!=Running`; only the fields that the resource declares can be selected.
 * @throws {StatusError} 400 naming the field otherwise.
 */
export function parseFieldSelector(text: string, definition: ResourceDefinition): FieldSelector {
  const terms = text
    .split(/(?<!\\),/)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, definition));
  return (object) => terms.every((holds) => holds(object));
}

function parseTerm(term: string, definition: ResourceDefinition): FieldSelector {
  const parts = /^(.*?)(!=|==|=)(.*)$/.exec(term);
  if (!parts) {
    throw badRequest(
      `invalid selector: '${term}'; can't understand '${term}': expected field=value, field==value or field!=value`,
    );
  }
  const [, field = '', operator, escaped = ''] = parts;
  const value = escaped.replaceAll(/\\([\\,=])/g, '$1');
  const read = readerOf(field, definition);
  return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
}

function readerOf(field: string, definition: ResourceDefinition): (object: ApiObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace' && definition.namespaced)
    return (object) => object.metadata.namespace ?? '';
  const read = Object.hasOwn(definition.selectableFields, field)
    ? definition.selectableFields[field]
    : undefined;
  if (!read) throw badRequest(`field label not supported: ${field}`);
  return read;
}
