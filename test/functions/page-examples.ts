import { pageNameOf } from '../../scripts/function-page.ts';
import type { Blueprint } from '../../src/api/kanister/types.ts';
import type { JsonObject } from '../../src/kubernetes/objects.ts';
import { parseYaml } from '../../src/kubernetes/yaml.ts';
import { readPage } from '../support/page-documents.ts';

export interface PageExample {
  /** As it stands on the page. */
  text: string;
  resource: JsonObject;
  blueprint: Blueprint;
}

/** The Blueprints on the page of a function. */
export function examplesOf(functionName: string): PageExample[] {
  const page = readPage(`functions/${pageNameOf(functionName)}`);
  return [...page.matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map(([, text = '']) => text)
    .filter((text) => /^kind: Blueprint$/m.test(text))
    .map((text) => {
      const resource = parseYaml(text) as JsonObject;
      return { text, resource, blueprint: resource as unknown as Blueprint };
    });
}
