import type { CustomResourceDefinition } from '../../src/api/kanister/custom-resource-definition.ts';

/** What this program has added to the original's schemas, wherever it stands. */
const OURS = new Set([
  'attempts',
  'completionTime',
  'conditions',
  'continueFrom',
  'executionMode',
  'failure',
  'history',
  'if',
  'includeArtifacts',
  'needs',
  'onInterrupted',
  'retry',
  'skipped',
  'startTime',
  'timeout',
  'ttlSecondsAfterFinished',
]);

/** The definition as the original has it: fields that only this program knows are dropped on every write. */
export function asOriginal(crd: CustomResourceDefinition): CustomResourceDefinition {
  const versions = crd.spec.versions.map(({ selectableFields: _ours, ...version }) => ({
    ...version,
    schema: JSON.parse(JSON.stringify(version.schema, withoutOurs)) as typeof version.schema,
  }));
  return { ...crd, spec: { ...crd.spec, versions } };
}

function withoutOurs(key: string, value: unknown): unknown {
  if (key !== 'properties' || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !OURS.has(name)));
}
