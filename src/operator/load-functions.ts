import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionDefinition } from '../engine/function.ts';
import { messageOf } from '../engine/failure.ts';

/**
 * Loads functions of others: each module exports an array `functions`, made with `defineFunction`.
 * @throws {Error} naming the module and what is wrong with it
 */
export async function loadFunctions(modules: string[]): Promise<FunctionDefinition[]> {
  const loaded = await Promise.all(modules.map((module) => loadModule(module)));
  return loaded.flat();
}

async function loadModule(module: string): Promise<FunctionDefinition[]> {
  let exports: { functions?: unknown };
  try {
    exports = (await import(pathToFileURL(resolve(module)).href)) as { functions?: unknown };
  } catch (error) {
    throw new Error(`the functions of ${module} can't be loaded: ${messageOf(error)}`, { cause: error });
  }
  const { functions } = exports;
  if (!Array.isArray(functions) || !functions.every(isDefinition)) {
    throw new Error(`${module} must export "functions", an array of what defineFunction returns`);
  }
  return functions;
}

function isDefinition(value: unknown): value is FunctionDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, args, run, revision } = value as Partial<Record<keyof FunctionDefinition, unknown>>;
  return (
    typeof name === 'string' &&
    typeof args === 'object' &&
    typeof run === 'function' &&
    typeof revision === 'number'
  );
}
