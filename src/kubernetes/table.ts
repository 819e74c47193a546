import type { KubernetesObject } from './objects.ts';

/** The Accept header for lists as `kubectl get` shows them: the columns of a resource in place of its objects. */
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** meta/v1 Table. A server that serves none answers 406; one that has never heard of them, with the list itself. */
export interface Table {
  kind?: string;
  columnDefinitions?: { name: string; format?: string }[] | null;
  rows?: TableRow[] | null;
}

export interface TableRow {
  /** In the order of the columns; null where the object has no such field. */
  cells: unknown[];
  /** Its metadata, or itself; null, as was asked for by `includeObject`. */
  object?: KubernetesObject | null;
}
