import { describe, expect, it } from 'vitest';
import type { ActionSet } from '../src/api/kanister/types.ts';
import { CANCEL_ANNOTATION } from '../src/api/kanister/cancel.ts';
import { validateActionSet } from '../src/api/kanister/validate-action-set.ts';
import { JOURNAL_ANNOTATION } from '../src/engine/journal.ts';
import { createRegistry } from '../src/engine/registry.ts';
import { validateBlueprint } from '../src/engine/validate-blueprint.ts';
import { functions } from '../src/functions/index.ts';
import { mistakesIn, readPage, resourcesOf } from './support/page-documents.ts';

const page = readPage('actionsets.md');
const resources = resourcesOf(page);

describe('docs/actionsets.md', () => {
  it('shows resources that the API server takes as they are, with nothing that it would drop', () => {
    expect(resources.map(({ kind }) => kind)).toEqual(['Blueprint', 'Blueprint', 'ActionSet']);
    expect(resources.flatMap(mistakesIn)).toEqual([]);
  });

  it('shows Blueprints and ActionSets that are valid', () => {
    const registry = createRegistry(functions);
    for (const resource of resources) {
      if (resource['kind'] === 'Blueprint') {
        const { failures, warnings } = validateBlueprint(resource, registry);
        expect([...failures, ...warnings]).toEqual([]);
      } else {
        const { spec = null } = resource as unknown as ActionSet;
        expect(validateActionSet({ spec, status: null })).toEqual([]);
      }
    }
  });

  it('names the annotations as the operator knows them', () => {
    expect(page).toContain(` ${CANCEL_ANNOTATION}='`);
    expect(page).toContain(`\`${JOURNAL_ANNOTATION}\``);
  });
});
