import { createHash } from 'node:crypto';
import { jsonResponse } from './api-exchange.ts';
import type { ApiResponse } from './api-exchange.ts';
import { groupVersionDocument } from './openapi/group-version-document.ts';
import type { Registry } from './registry.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const PREFIX = '/openapi/v3';

/** OpenAPI v3: what `kubectl explain`, `kubectl apply` and Helm look up of a kind. `undefined` for other paths. */
export function openApi(
  path: string,
  headers: Record<string, string>,
  registry: Registry,
): ApiResponse | undefined {
  if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return undefined;
  const versions = byVersion(registry);
  if (path === PREFIX) {
    return jsonResponse(200, {
      paths: Object.fromEntries(
        [...versions].map(([at, definitions]) => [
          at,
          { serverRelativeURL: `${PREFIX}/${at}?hash=${publishedOf(registry, at, definitions).hash}` },
        ]),
      ),
    });
  }
  const at = path.slice(PREFIX.length + 1);
  const definitions = versions.get(at);
  if (!definitions) return undefined;
  const { text, hash } = publishedOf(registry, at, definitions);
  const tag = { etag: `"${hash}"`, vary: 'Accept' };
  if (headers['if-none-match'] === tag.etag) return { status: 304, headers: tag, body: '' };
  return { status: 200, headers: { 'content-type': 'application/json', ...tag }, body: text };
}

/** `apis/apps/v1` → the resources of that version. */
function byVersion(registry: Registry): Map<string, ResourceDefinition[]> {
  const found = new Map<string, ResourceDefinition[]>();
  for (const definition of registry.all()) {
    const { group, version } = definition;
    const at = group ? `apis/${group}/${version}` : `api/${version}`;
    found.set(at, [...(found.get(at) ?? []), definition]);
  }
  return found;
}

interface Published {
  definitions: readonly ResourceDefinition[];
  text: string;
  /** SHA-512, in capitals. */
  hash: string;
}

// A document is made when it is first asked for, and again when one of its resources is another one.
const documents = new WeakMap<Registry, Map<string, Published>>();

function publishedOf(registry: Registry, at: string, definitions: readonly ResourceDefinition[]): Published {
  const known = documents.get(registry) ?? new Map<string, Published>();
  documents.set(registry, known);
  const found = known.get(at);
  const isCurrent =
    found?.definitions.length === definitions.length &&
    found.definitions.every((definition, index) => definition === definitions[index]);
  if (found && isCurrent) return found;
  const text = JSON.stringify(groupVersionDocument(definitions));
  const published = {
    definitions,
    text,
    hash: createHash('sha512').update(text).digest('hex').toUpperCase(),
  };
  known.set(at, published);
  return published;
}
