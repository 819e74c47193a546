import type { FunctionDefinition } from './function.ts';
import { Failure } from './failure.ts';
import { nearestName } from '../gotemplate/nearest-name.ts';

/** Of functions that say none, and where an action prefers none. */
export const DEFAULT_VERSION = 'v0.0.0';

export interface FunctionRegistry {
  /**
   * The function that a phase names, in the version that the action prefers: absent means `v0.0.0`, which also stands in
   * for a version that the function does not have (`isVersion` tells).
   * @throws {Failure} `UnknownFunction`, `UnknownFunctionVersion` or `InvalidFunctionVersion`, with Kanister's texts
   */
  select(name: string, preferredVersion?: string): FunctionDefinition;
  /** In the order of their definition. */
  list(): readonly FunctionDefinition[];
}

/** @throws {Error} when two definitions have the same name and version */
export function createRegistry(definitions: readonly FunctionDefinition[]): FunctionRegistry {
  const byName = new Map<string, Map<string, FunctionDefinition>>();
  for (const definition of definitions) {
    const version = canonicalVersion(definition.version ?? DEFAULT_VERSION);
    if (version === undefined) {
      throw new Error(`${definition.name} has version ${definition.version}, which is no semantic version`);
    }
    const versions = byName.get(definition.name) ?? new Map<string, FunctionDefinition>();
    if (versions.has(version)) throw new Error(`${definition.name} ${version} is defined twice`);
    byName.set(definition.name, versions.set(version, definition));
  }
  return {
    list: () => definitions,
    select(name, preferredVersion) {
      const wanted = canonicalVersion(preferredVersion || DEFAULT_VERSION);
      if (wanted === undefined) throw invalidVersion(preferredVersion ?? '');
      const versions = byName.get(name);
      if (!versions) throw unknownFunction(name, byName.keys());
      const definition = versions.get(wanted) ?? versions.get(DEFAULT_VERSION);
      if (!definition) throw unknownVersion(name, preferredVersion || DEFAULT_VERSION, versions.keys());
      return definition;
    },
  };
}

/** Whether this is the version asked for, rather than the default one in its place. */
export function isVersion(definition: FunctionDefinition, preferredVersion: string | undefined): boolean {
  return (
    canonicalVersion(definition.version ?? DEFAULT_VERSION) ===
    canonicalVersion(preferredVersion || DEFAULT_VERSION)
  );
}

/**
 * `v1.2.3-pre` for what Kanister takes for a version: `v` and all but the first number may be missing. Build metadata
 * does not make another version. Undefined when it is none.
 */
function canonicalVersion(version: string): string | undefined {
  const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
  const pattern = new RegExp(
    `^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${identifiers}))?(?:\\+${identifiers})?$`,
  );
  const match = pattern.exec(version);
  if (!match) return undefined;
  const [, major, minor, patch, prerelease] = match;
  const numbers = [major, minor, patch].map((part) => BigInt(part ?? 0)).join('.');
  return `v${numbers}${prerelease === undefined ? '' : `-${prerelease}`}`;
}

function invalidVersion(version: string): Failure {
  return new Failure(
    'InvalidFunctionVersion',
    `Failed to get function version: Failed to parse function version {${version}}: Invalid Semantic Version`,
    { hint: `Remove preferredVersion from the action, or set it to a version such as ${DEFAULT_VERSION}.` },
  );
}

function unknownFunction(name: string, known: Iterable<string>): Failure {
  const nearest = nearestName(name, known);
  return new Failure('UnknownFunction', `Requested function {${name}} has not been registered`, {
    hint: nearest
      ? `Did you mean ${nearest}?`
      : 'This operator has no function of that name: see the list of functions in its documentation.',
  });
}

function unknownVersion(name: string, version: string, known: Iterable<string>): Failure {
  return new Failure(
    'UnknownFunctionVersion',
    `Requested function {${name}} has not been registered with version {${version}} or {${DEFAULT_VERSION}}`,
    { hint: `It has ${[...known].join(', ')}: set preferredVersion to one of these.` },
  );
}
