import { conformanceCase } from '../conformance-case.ts';
import { DEFINITIONS, createDefinition, definitionOf } from '../custom-resource-of-case.ts';
import { shownAs } from '../kind-of-case.ts';

const schema = { type: 'object' };

conformanceCase('kind-customresourcedefinition', 'what is left out is filled in', async (t) => {
  await t.post(`${DEFINITIONS}?dryRun=All`, definitionOf(t, { schema }));
  await t.post(
    `${DEFINITIONS}?dryRun=All`,
    definitionOf(t, {
      schema,
      scope: 'Cluster',
      spec: { names: { plural: 'things', kind: 'Thing', shortNames: ['th'], categories: ['all'] } },
    }),
  );
});
conformanceCase('kind-customresourcedefinition', 'what is wrong is refused', async (t) => {
  const { metadata, spec, ...type } = definitionOf(t, { schema });
  for (const changes of [
    {},
    { metadata: { name: `other.${spec.group}` } },
    { spec: { ...spec, scope: 'Everywhere' } },
    { spec: { ...spec, versions: [] } },
    { spec: { ...spec, group: 'nodomain' } },
    { spec: { ...spec, names: { plural: 'Things', kind: 'a thing', shortNames: ['A'] } } },
  ])
    await t.post(`${DEFINITIONS}?dryRun=All`, {
      ...type,
      metadata,
      ...(changes.metadata ? { spec } : {}),
      ...changes,
    });
});
conformanceCase(
  'kind-customresourcedefinition',
  'it is shown as a table, and keeps what may not change',
  async (t) => {
    const { definition } = await createDefinition(t, { schema });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { columns } = shownAs(await t.quietly(() => t.get(definition, { headers: { accept } })), []) as {
      columns: unknown;
    };
    t.note('columns', columns);
    for (const spec of [{ scope: 'Cluster' }, { group: 'other.example.com' }, { names: { kind: 'Other' } }])
      await t.patch(`${definition}?dryRun=All`, 'merge', { spec });
  },
);
