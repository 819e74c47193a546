import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../src/engine/registry.ts';
import { validateBlueprint } from '../../src/engine/validate-blueprint.ts';
import { functions } from '../../src/functions/index.ts';
import { phasesOf } from './seed.ts';
import { seeds } from './seeds.ts';

const files = globSync('*/*.yaml', { cwd: import.meta.dirname }).toSorted();

describe('the examples of the original’s documentation', () => {
  it('are all run', () => {
    expect(seeds.map(({ file }) => file).toSorted()).toEqual(files);
  });

  it.each(files)('%s is a valid Blueprint', (file) => {
    const phases = phasesOf({ file });
    const { failures, warnings } = validateBlueprint(
      { actions: { run: { kind: '', phases } } },
      createRegistry(functions),
    );
    expect([...failures, ...warnings]).toEqual([]);
  });
});
