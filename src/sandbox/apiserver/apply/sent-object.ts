import type { ApiObject } from '../resource-definition.ts';

/** What a client owns of an object it writes: what it sent, and what defaults made of that; not what only the server sets. */
export function sentObject(converted: ApiObject, defaulted: ApiObject): ApiObject {
  const { labels, annotations } = defaulted.metadata;
  return {
    ...defaulted,
    metadata: { ...converted.metadata, ...(labels && { labels }), ...(annotations && { annotations }) },
  };
}
