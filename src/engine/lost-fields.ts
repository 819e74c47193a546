import type { Json, KubernetesObject } from '../kubernetes/objects.ts';
import { Failure } from './failure.ts';

/** What `kubectl apply` was given, whatever the API server has kept of it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Kind → paths of fields that this program knows and the installed CRD does not: `spec.actions[].needs`, `actions.*.phases[].if`. */
export type OutdatedCrds = ReadonlyMap<string, readonly string[]>;

/**
 * An API server whose CRD is older than this program drops fields without an error. What they ask for must not be ignored silently.
 * @throws {Failure} `SchemaOutdated` when the object was applied with such a field
 */
export function refuseLostFields(kind: string, object: KubernetesObject, outdated: OutdatedCrds): void {
  const missing = outdated.get(kind);
  const applied = object.metadata?.annotations?.[LAST_APPLIED];
  if (missing === undefined || applied === undefined) return;
  const document = parse(applied);
  const lost = missing.filter((path) => has(document, path.split('.')));
  if (lost.length === 0) return;
  throw new Failure(
    'SchemaOutdated',
    `${kind} ${object.metadata?.name} was applied with ${lost.join(', ')}, which the installed CRD does not know: the API server dropped it`,
    { hint: `Update the CRDs, apply ${kind} ${object.metadata?.name} again, then create a new ActionSet.` },
  );
}

/** Nobody but kubectl writes it, but anybody can. */
function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function has(value: Json | undefined, [step, ...rest]: string[]): boolean {
  if (step === undefined) return value !== undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  if (step === '*') return Object.values(value).some((item) => has(item, rest));
  const isList = step.endsWith('[]');
  const child = value[isList ? step.slice(0, -2) : step];
  if (!isList) return has(child, rest);
  return Array.isArray(child) && child.some((item) => has(item, rest));
}
