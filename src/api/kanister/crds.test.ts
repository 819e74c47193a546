import { describe, expect, it } from 'vitest';
import { actionSetCrd } from './action-set-crd.ts';
import { kanisterCrds } from './crds.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Paths of a schema: `[]` for items, `*` for additional properties. */
function* walk(schema: StructuralSchema, path = ''): Generator<[string, StructuralSchema]> {
  yield [path, schema];
  const below = (name: string) => (path ? `${path}.${name}` : name);
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* walk(child, below(name));
  if (schema.items) yield* walk(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* walk(schema.additionalProperties, below('*'));
}
const schemas = kanisterCrds.flatMap(({ spec }) =>
  spec.versions.flatMap(({ schema }) => [...walk(schema.openAPIV3Schema, spec.names.kind)]),
);

describe('the resource definitions', () => {
  it('are namespaced kinds of one version, without subresources, as Kanister’s are', () => {
    expect(kanisterCrds.map(({ metadata, spec }) => [metadata.name, spec.names, spec.scope])).toEqual(
      ['ActionSet', 'Blueprint', 'Profile'].map((kind) => [
        `${kind.toLowerCase()}s.cr.kanister.io`,
        {
          kind,
          listKind: `${kind}List`,
          plural: `${kind.toLowerCase()}s`,
          singular: kind.toLowerCase(),
        },
        'Namespaced',
      ]),
    );
    for (const { spec } of kanisterCrds) {
      expect(spec.versions.map(({ name, served, storage }) => ({ name, served, storage }))).toEqual([
        { name: 'v1alpha1', served: true, storage: true },
      ]);
      expect(spec.versions[0]).not.toHaveProperty('subresources');
    }
  });

  it('keep unknown fields exactly where Kanister’s do', () => {
    const preserving = schemas.filter(([, schema]) => schema['x-kubernetes-preserve-unknown-fields']);
    expect(preserving.map(([path]) => path).toSorted()).toEqual([
      'ActionSet.spec.actions[].artifacts.*.kopiaSnapshot',
      'ActionSet.spec.actions[].podOverride',
      'ActionSet.status.actions[].artifacts.*.kopiaSnapshot',
      'ActionSet.status.actions[].deferPhase.output',
      'ActionSet.status.actions[].phases[].output',
      'Blueprint.actions.*.deferPhase.args',
      'Blueprint.actions.*.outputArtifacts.*.kopiaSnapshot',
      'Blueprint.actions.*.phases[].args',
      'Profile.credential.kopiaServerSecret',
      'Profile.credential.kopiaServerSecret.tlsCert',
      'Profile.credential.kopiaServerSecret.userPassphrase',
    ]);
  });

  it('require nothing but the fields of a repositoryServer reference', () => {
    expect(
      schemas.filter(([, { required }]) => required).map(([path, { required }]) => [path, required]),
    ).toEqual([
      ['ActionSet.spec.actions[].repositoryServer', ['apiVersion', 'group', 'kind', 'name', 'resource']],
    ]);
  });

  it('show ActionSets in Kanister’s columns, then their age', () => {
    const [version] = actionSetCrd.spec.versions;
    expect(version?.additionalPrinterColumns?.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'Progress: string',
      'SizeDownloadedB: integer',
      'SizeUploadedB: integer',
      'EstimatedDownloadSizeB: integer',
      'EstimatedUploadSizeB: integer',
      'Running Phase: string',
      'Last Transition Time: string',
      'State: string',
      'Age: date',
    ]);
    expect(version?.selectableFields).toEqual([{ jsonPath: '.status.state' }]);
  });

  it('list every field that the status of an ActionSet may have', () => {
    const paths = schemas.map(([path]) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'ActionSet.status.startTime',
        'ActionSet.status.completionTime',
        'ActionSet.status.actions[].phases[].progress.estimatedTimeSeconds',
        ...['phases[]', 'deferPhase'].flatMap((phase) =>
          [
            'startTime',
            'completionTime',
            'failure.pod.logTail',
            'failure.template.column',
            'failure.hint',
          ].map((field) => `ActionSet.status.actions[].${phase}.${field}`),
        ),
      ]),
    );
  });
});
