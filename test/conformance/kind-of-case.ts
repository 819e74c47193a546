import { conformanceCase } from './conformance-case.ts';
import type { Answer, Conversation } from './conversation.ts';

/** A kind as its cases try it: what the server fills in, what it refuses, and how it lists it. NAMESPACE in a value is the case's. */
export interface KindUnderTest {
  behaviour: string;
  apiVersion: string;
  kind: string;
  resource: string;
  clusterWide?: boolean;
  /** What a valid object needs besides its name. */
  minimal: object;
  /** Variations of the minimal object that are valid and have defaults of their own. */
  valid?: object[];
  /** Variations that are refused. */
  invalid: object[];
  /** Changes of an existing object that are refused. */
  refusedChanges?: object[];
  /** Columns that controllers write as soon as the object is there. */
  racing?: string[];
}

/** Three cases for each kind, on objects that are named alike: most of them never leave a dry run. */
export function kindCases(kinds: KindUnderTest[]): void {
  for (const kind of kinds) {
    const { behaviour, apiVersion } = kind;
    conformanceCase(behaviour, `${apiVersion}: what is left out is filled in`, async (t) => {
      for (const variation of [kind.minimal, ...(kind.valid ?? [])]) {
        await t.post(`${pathOf(kind, t)}?dryRun=All`, objectOf(kind, t, variation));
      }
    });
    conformanceCase(behaviour, `${apiVersion}: what is wrong is refused`, async (t) => {
      for (const variation of kind.invalid) {
        await t.post(`${pathOf(kind, t)}?dryRun=All`, objectOf(kind, t, variation));
      }
    });
    conformanceCase(
      behaviour,
      `${apiVersion}: it is shown as a table, and keeps what may not change`,
      async (t) => {
        const path = `${pathOf(kind, t)}/${nameOf(kind, t)}`;
        const created = await t.quietly(() => t.post(pathOf(kind, t), objectOf(kind, t, kind.minimal)));
        if (kind.clusterWide) t.after(() => t.delete(path));
        const table = await t.quietly(() => t.get(path, TABLE));
        t.note('table', shownAs(table, ['Age', ...(kind.racing ?? [])]));
        for (const change of kind.refusedChanges ?? []) {
          await t.put(`${path}?dryRun=All`, objectOf(kind, t, { ...withoutVersion(created), ...change }));
        }
        await t.put(`${path}-other?dryRun=All`, objectOf(kind, t, kind.minimal));
      },
    );
  }
}

/** What a kind's spec is with some of its fields changed. */
export const withSpec = (spec: object, changes: object) => ({ spec: { ...spec, ...changes } });

const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };

const nameOf = ({ clusterWide }: KindUnderTest, t: Conversation): string =>
  clusterWide ? `kind-${t.token}` : 'a';

function pathOf({ apiVersion, resource, clusterWide }: KindUnderTest, t: Conversation): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return clusterWide ? `${root}/${resource}` : `${root}/namespaces/${t.namespace}/${resource}`;
}

function objectOf(kind: KindUnderTest, t: Conversation, variation: object): object {
  const { apiVersion, kind: name } = kind;
  const object = { apiVersion, kind: name, metadata: { name: nameOf(kind, t) }, ...variation };
  return JSON.parse(JSON.stringify(object).replaceAll('NAMESPACE', t.namespace)) as object;
}

/** Columns, and those cells of the rows that stay as they are. */
export function shownAs({ object }: Answer, racing: string[]): unknown {
  const columns = Array.isArray(object['columnDefinitions']) ? object['columnDefinitions'] : [];
  const rows = Array.isArray(object['rows']) ? object['rows'] : [];
  return {
    columns: columns.map(({ name, type, format, priority }) => ({ name, type, format, priority })),
    cells: rows.map(({ cells }) =>
      cells.map((cell: unknown, index: number) => (racing.includes(columns[index]?.name) ? '<any>' : cell)),
    ),
  };
}

function withoutVersion({ object }: Answer): object {
  const { resourceVersion: _resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
}
