import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionDefinition } from '../engine/function.ts';
import { messageOf } from '../engine/failure.ts';
import type { CredentialInjector, PodApplier, PodDoors } from '../engine/pod-doors.ts';

/** What modules of others bring: functions, and what is to be done to the pods of all functions. */
export interface Extensions {
  functions: FunctionDefinition[];
  podDoors: PodDoors;
}

/**
 * Loads modules of others. Each exports at least one of the arrays `functions` (made with `defineFunction`), `podAppliers` and
 * `credentialInjectors`. Appliers and injectors act in the order of the modules.
 * @throws {Error} naming the module and what is wrong with it
 */
export async function loadFunctions(modules: string[]): Promise<Extensions> {
  const loaded = await Promise.all(modules.map((module) => loadModule(module)));
  return {
    functions: loaded.flatMap(({ functions }) => functions),
    podDoors: {
      appliers: loaded.flatMap(({ podAppliers }) => podAppliers),
      injectors: loaded.flatMap(({ credentialInjectors }) => credentialInjectors),
    },
  };
}

interface Module {
  functions: FunctionDefinition[];
  podAppliers: PodApplier[];
  credentialInjectors: CredentialInjector[];
}

async function loadModule(module: string): Promise<Module> {
  let exports: Partial<Record<keyof Module, unknown>>;
  try {
    exports = (await import(pathToFileURL(resolve(module)).href)) as typeof exports;
  } catch (error) {
    throw new Error(`the functions of ${module} can't be loaded: ${messageOf(error)}`, { cause: error });
  }
  const { functions, podAppliers, credentialInjectors } = exports;
  if (functions === undefined && podAppliers === undefined && credentialInjectors === undefined) {
    throw new Error(
      `${module} must export "functions", "podAppliers" or "credentialInjectors", each an array`,
    );
  }
  return {
    functions: arrayOf(module, 'functions', functions, isDefinition, 'what defineFunction returns'),
    podAppliers: arrayOf(
      module,
      'podAppliers',
      podAppliers,
      isApplier,
      'functions that take a pod and give one',
    ),
    credentialInjectors: arrayOf(
      module,
      'credentialInjectors',
      credentialInjectors,
      isInjector,
      'functions that take a pod and give a promise of one',
    ),
  };
}

function arrayOf<T>(
  module: string,
  name: string,
  value: unknown,
  isOne: (item: unknown) => item is T,
  what: string,
): T[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every(isOne)) return value;
  throw new Error(`${module} must export "${name}", an array of ${what}`);
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

const isApplier = (value: unknown): value is PodApplier => typeof value === 'function';
const isInjector = (value: unknown): value is CredentialInjector => typeof value === 'function';
