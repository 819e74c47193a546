import type { Answer, Conversation, PatchType, RequestOptions } from './conversation.ts';

export interface ApplyOptions {
  manager?: string;
  force?: boolean;
  /** Further parts of the query. */
  query?: string;
}

/** Applies a configuration, and notes who owns what afterwards. */
export async function apply(
  t: Conversation,
  path: string,
  configuration: unknown,
  { manager = 'one', force = false, query = '' }: ApplyOptions = {},
): Promise<Answer> {
  const parts = [`fieldManager=${manager}`, ...(force ? ['force=true'] : []), ...(query ? [query] : [])];
  const answer = await t.patch(`${path}?${parts.join('&')}`, 'apply', configuration);
  noteOwners(t, answer);
  return answer;
}

/** Changes an object by another patch, and notes who owns what afterwards. */
export async function change(
  t: Conversation,
  path: string,
  patch: unknown,
  {
    manager = 'writer',
    type = 'merge',
    ...options
  }: { manager?: string; type?: PatchType } & RequestOptions = {},
): Promise<Answer> {
  const answer = await t.patch(`${path}?fieldManager=${manager}`, type, patch, options);
  noteOwners(t, answer);
  return answer;
}

/** Notes the entries of managed fields in an order that no clock decides. */
export function noteOwners(t: Conversation, { object, status }: Answer): void {
  if (status >= 300) return;
  const entries = (object.metadata.managedFields ?? []) as Record<string, unknown>[];
  const named = entries.map(({ time, ...entry }) => ({ ...entry, timed: time !== undefined }));
  const identity = (entry: Record<string, unknown>): string =>
    [entry.operation, entry.manager, entry.apiVersion, entry.subresource].join(' ');
  t.note(
    'owners',
    named.toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1)),
  );
}
