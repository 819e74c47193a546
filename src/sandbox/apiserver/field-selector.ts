import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { badRequest } from './status-error.ts';

export type FieldSelector = (object: ApiObject) => boolean;

/**
 * Reads `metadata.name=x,status.phase!=Running`; only the fields that the resource declares can be selected.
 * @throws {StatusError} 400 naming the field otherwise.
 */
export function parseFieldSelector(text: string, definition: ResourceDefinition): FieldSelector {
  const terms = splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text, definition));
  return (object) => terms.every((holds) => holds(object));
}

/** At commas that no backslash stands before. */
const splitTerms = (text: string): string[] => text.match(/(?:\\[\s\S]|[^,\\])+|\\$/g) ?? [];

function parseTerm(term: string, whole: string, definition: ResourceDefinition): FieldSelector {
  const parts = /^([\s\S]*?)(!=|==|=)([\s\S]*)$/.exec(term);
  if (!parts) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = '', operator, escaped = ''] = parts;
  const value = unescaped(escaped);
  const read = readerOf(field, definition);
  return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
}

function unescaped(value: string): string {
  return value.replaceAll(
    /\\([\s\S]?)|([,=])/g,
    (_found, after: string | undefined, bare: string | undefined) => {
      if (bare !== undefined) {
        throw badRequest(`invalid field selector: unescaped character in value: ${bare.codePointAt(0) ?? 0}`);
      }
      if (after === ',' || after === '=' || after === '\\') return after;
      throw badRequest(`invalid field selector: invalid escape sequence: \\${after ?? ''}`);
    },
  );
}

function readerOf(field: string, definition: ResourceDefinition): (object: ApiObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace' && (definition.namespaced || !hasOwnFields(definition))) {
    return (object) => object.metadata.namespace ?? '';
  }
  const read = Object.hasOwn(definition.selectableFields, field)
    ? definition.selectableFields[field]
    : undefined;
  if (read) return read;
  if (definition.kind === 'Job')
    throw badRequest(`field label ${JSON.stringify(field)} not supported for Job`);
  if (hasOwnFields(definition)) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** Kinds with selectable fields of their own, and custom ones, word their refusal in another way than the rest. */
const hasOwnFields = ({ selectableFields, schema }: ResourceDefinition): boolean =>
  schema !== undefined || Object.keys(selectableFields).length > 0;
