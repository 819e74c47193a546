import type { Conversation } from './conversation.ts';

export interface DefinitionOptions {
  schema: object;
  /** Further fields of the version. */
  version?: object;
  /** Further fields of the spec. */
  spec?: object;
  scope?: 'Namespaced' | 'Cluster';
}

/** A CustomResourceDefinition `things` of a group of the case's own; unrecorded, and served when this resolves. */
export async function createDefinition(
  t: Conversation,
  options: DefinitionOptions,
): Promise<{ path: string; type: { apiVersion: string; kind: string }; definition: string; group: string }> {
  const definition = definitionOf(t, options);
  const { name } = definition.metadata;
  await t.quietly(async () => {
    const created = await t.post(DEFINITIONS, definition);
    if (created.status !== 201)
      throw new Error(`the definition was refused: ${JSON.stringify(created.body)}`);
  });
  t.after(() => t.delete(`${DEFINITIONS}/${name}`));
  const { group } = definition.spec;
  const path =
    options.scope === 'Cluster'
      ? `/apis/${group}/v1/things`
      : `/apis/${group}/v1/namespaces/${t.namespace}/things`;
  await t.until(path, (_list, status) => status === 200);
  return {
    path,
    group,
    type: { apiVersion: `${group}/v1`, kind: 'Thing' },
    definition: `${DEFINITIONS}/${name}`,
  };
}

export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The same definition, not yet created. */
export function definitionOf(
  t: Conversation,
  { schema, version, spec, scope = 'Namespaced' }: DefinitionOptions,
) {
  const group = `g${t.token}.example.com`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope,
      names: { plural: 'things', kind: 'Thing' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version },
      ],
      ...spec,
    },
  };
}
