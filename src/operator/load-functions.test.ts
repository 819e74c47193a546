import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../engine/failure.ts';
import { loadFunctions } from './load-functions.ts';

const extension = pathToFileURL(join(import.meta.dirname, '../engine/extension.ts')).href;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function module(text: string): Promise<string> {
  const file = join(folder, 'functions.mjs');
  await writeFile(file, text);
  return file;
}

describe('functions of others', () => {
  it('are those that the module exports', async () => {
    const file = await module(`
      import { defineFunction, string } from ${JSON.stringify(extension)};
      export const functions = [defineFunction({
        name: 'Greet', args: { name: string({ doc: 'who', required: true }) }, outputs: {}, permissions: [], revision: 1,
        run: async ({ name }) => ({ greeting: 'Hello ' + name }),
      })];`);
    const { functions, podDoors } = await loadFunctions([file]);
    expect(functions.map(({ name }) => name)).toEqual(['Greet']);
    expect(podDoors).toEqual({ appliers: [], injectors: [] });
  });

  it('come with what is to be done to pods', async () => {
    const file = await module(`
      import { environmentVariable } from ${JSON.stringify(extension)};
      export const podAppliers = [environmentVariable({ name: 'REGION', value: 'eu' })];
      export const credentialInjectors = [async (pod) => pod];`);
    const { functions, podDoors } = await loadFunctions([file]);
    expect(functions).toEqual([]);
    expect(podDoors.injectors).toHaveLength(1);
    const pod = { metadata: {}, spec: { containers: [{ name: 'container' }] } };
    expect(podDoors.appliers[0]?.(pod).spec.containers).toEqual([
      { name: 'container', env: [{ name: 'REGION', value: 'eu' }] },
    ]);
  });

  it.each([
    [
      'with a pod applier that is none',
      'export const podAppliers = ["x"];',
      'must export "podAppliers", an array of functions',
    ],
    ['that does not export them', 'export const other = 1;', 'must export "functions"'],
    [
      'with something else among them',
      'export const functions = [{ name: "x" }];',
      'must export "functions"',
    ],
    ['that does not parse', 'export const = 1;', "can't be loaded"],
    ['that throws', 'throw new Error("no licence");', 'no licence'],
  ])('are refused from a module %s, by the name of the module', async (_what, text, message) => {
    const file = await module(text);
    await expect(loadFunctions([file])).rejects.toThrow(message);
    await expect(loadFunctions([file])).rejects.toThrow(file);
  });

  it('are refused from a module that is not there', async () => {
    await expect(loadFunctions([join(folder, 'nowhere.js')])).rejects.toThrow("can't be loaded");
  });

  it('throw failures that are failures here, although they bring a class of their own', () => {
    // What a bundle of its own looks like to the operator: another class of the same brand.
    const theirs = Object.assign(new Error('disk full'), {
      reason: 'DiskFull',
      details: { hint: 'Make room.' },
    });
    Object.defineProperty(theirs, Symbol.for('cr.kanister.io/Failure'), { value: true });
    expect(theirs).toBeInstanceOf(Failure);
    expect(new Error('plain')).not.toBeInstanceOf(Failure);
  });
});
