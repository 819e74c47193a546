import type { Clock } from './clock.ts';
import type { KubernetesObject } from './objects.ts';
import { NoSuchResource, type RestMapping } from './rest-mapping.ts';

/** apiextensions.k8s.io/v1, as far as it says what will be served. */
interface Definition extends KubernetesObject {
  spec?: { group?: string; names?: { kind?: string }; versions?: { name?: string; served?: boolean }[] };
}

/** Milliseconds: as a rule it takes one or two seconds. */
const PATIENCE = 30_000;

/**
 * Waits until the server serves what a CustomResourceDefinition, as it was just written, defines: objects of it are refused before.
 * @returns false when it did not within 30 s, because the definition has conditions that forbid it
 * @throws {ApiError}
 */
export async function awaitServed(
  mapping: RestMapping,
  definition: Definition,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<boolean> {
  const { group = '', names, versions = [] } = definition.spec ?? {};
  const { kind = '' } = names ?? {};
  const deadline = clock.monotonic() + PATIENCE;
  for (const { name = '' } of versions.filter(({ served }) => served === true)) {
    for (let pause = 50; !(await isServed(mapping, `${group}/${name}`, kind, signal));) {
      if (clock.monotonic() > deadline) return false;
      await clock.sleep(pause, signal);
      pause = Math.min(pause * 2, 1_000);
    }
  }
  return true;
}

async function isServed(
  mapping: RestMapping,
  apiVersion: string,
  kind: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await mapping.byKind(apiVersion, kind, { signal });
    return true;
  } catch (error) {
    if (error instanceof NoSuchResource) return false;
    throw error;
  }
}
