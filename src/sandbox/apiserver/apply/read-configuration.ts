import { InvalidYaml } from '../../../kubernetes/yaml.ts';
import { isFields, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { parseYamlBody } from '../parse-yaml-body.ts';
import { apiVersionOf } from '../resource-definition.ts';
import type { ApiObject } from '../resource-definition.ts';
import { StatusError, badRequest } from '../status-error.ts';
import { TypeMismatch } from './check-type.ts';
import type { MergedKind } from './merge-types.ts';

/** What somebody applies. */
export interface SentConfiguration {
  /** Its metadata may lack a name, and be anything. */
  configuration: ApiObject;
  /** What is to be told of keys that stand in it twice. */
  duplicates: string[];
}

/**
 * Reads what somebody applies.
 * @param text YAML or JSON
 * @throws {StatusError} 400 where it is no object of this kind
 */
export function readConfiguration(text: string, expected: MergedKind): SentConfiguration {
  const { value, duplicates } = documentOf(text);
  const parsed = objectOf(value);
  const { apiVersion = '', kind = '', metadata = {} } = parsed;
  if (apiVersion !== apiVersionOf(expected) || kind !== expected.kind) {
    throw badRequest(
      `invalid object type: ${printKind({ apiVersion: textOf(apiVersion), kind: textOf(kind) })}`,
    );
  }
  if (valueAt(parsed, 'metadata', 'managedFields') !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  return { configuration: { ...parsed, metadata } as ApiObject, duplicates };
}

/** Runs an apply of a configuration. @throws {StatusError} 500 naming the fields that its kind does not have, or not so */
export function refusingMismatch<T>(configuration: ApiObject, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    const what = describeConfiguration(configuration);
    throw new StatusError(500, '', `failed to create typed patch object (${what}): ${error.message}`);
  }
}

/** As the API server's errors name what was applied: `namespace/name; apps/v1, Kind=Deployment`. */
export function describeConfiguration(configuration: ApiObject): string {
  const [namespace, name] = ['namespace', 'name'].map((key) =>
    textOf(valueAt(configuration, 'metadata', key)),
  );
  return `${namespace}/${name}; ${printKind(configuration)}`;
}

function documentOf(text: string): ReturnType<typeof parseYamlBody> {
  try {
    return parseYamlBody(text);
  } catch (error) {
    if (!(error instanceof InvalidYaml)) throw error;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.goMessage}`);
  }
}

function objectOf(parsed: unknown): Fields {
  if (parsed === null || parsed === undefined) return {};
  if (isFields(parsed)) return parsed;
  const found = Array.isArray(parsed) ? 'array' : typeof parsed === 'boolean' ? 'bool' : typeof parsed;
  throw badRequest(
    `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
  );
}

/** As Go prints one: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
export function printKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
