import { explain } from '../engine/explain.ts';
import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { awaitServed } from '../kubernetes/await-served.ts';
import type { ResourceType } from '../kubernetes/objects.ts';
import { type Manifest, parseManifests } from '../kubernetes/parse-manifests.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kubernetes/resources.ts';
import { createRestMapping, type RestMapping } from '../kubernetes/rest-mapping.ts';
import { addressed } from './addressed.ts';
import { applyManifest } from './apply-manifest.ts';
import { createManifest } from './create-manifest.ts';
import { discovered } from './discovered.ts';
import { readSpec } from './read-spec.ts';

export interface WriteArguments {
  spec: string | undefined;
  /** Of objects that name none themselves; `default` when absent. */
  namespace: string | undefined;
  /** Of `apply`: takes over fields that others manage. */
  forceConflicts: boolean;
}

/** An object to write: the text's, and where it goes. */
export interface PlacedManifest {
  manifest: Manifest;
  type: ResourceType;
  /** Unique within the phase. */
  step: string;
}

/**
 * Creates or applies the objects of `spec`, in their order, each in a step of its own: what was written stays, whatever becomes of those
 * behind it. They are the user's: nothing of this program removes them.
 * @returns what the last one is
 * @throws {Failure} `InvalidArgument`, `NoSuchResource`, `AlreadyExists`, `Conflict`; {ApiError}
 */
export async function writeManifests(
  context: FunctionContext,
  operation: 'create' | 'apply',
  args: WriteArguments,
): Promise<Record<string, string>> {
  const manifests = readSpec(operation, args.spec, parseManifests);
  const mapping = createRestMapping(context.kubernetes);
  let output: Record<string, string> | undefined;
  for (const [index, manifest] of manifests.entries()) {
    const step = `${operation} ${index}`;
    const write = async () => {
      try {
        return await writeOne(context, mapping, { operation, step, manifest }, args);
      } catch (error) {
        throw manifests.length === 1 ? error : withPlace(error, index, manifests.length);
      }
    };
    // Another attempt of the phase goes on behind what this one has written.
    output = await context.step(step, write, { lasting: true });
  }
  if (output !== undefined) return output;
  throw new Failure('InvalidArgument', `no objects passed to ${operation}`, {
    argument: 'spec',
    hint: 'spec has no document with content: check what its templates give.',
  });
}

async function writeOne(
  context: FunctionContext,
  mapping: RestMapping,
  { operation, step, manifest }: { operation: 'create' | 'apply'; step: string; manifest: Manifest },
  { namespace: fallback, forceConflicts }: WriteArguments,
): Promise<Record<string, string>> {
  const { clock, signal } = context;
  const type = await typeOf(context, mapping, manifest);
  const placed = { manifest: inNamespace(manifest, type, fallback), type, step };
  const written =
    operation === 'create'
      ? await createManifest(context, placed)
      : await applyManifest(context, placed, { force: forceConflicts });
  const { group, version, resource } = type;
  const { name = '', namespace } = written.metadata ?? {};
  if (isDefinition(type) && !(await awaitServed(mapping, written, { clock, signal }))) {
    context.warn(
      'NotServed',
      `customresourcedefinitions "${name}" was written, but its objects can't be used yet: see its conditions`,
    );
  }
  return { apiVersion: version, group, resource, kind: '', name, ...(namespace && { namespace }) };
}

function typeOf(
  context: FunctionContext,
  mapping: RestMapping,
  { apiVersion, kind, metadata }: Manifest,
): Promise<ResourceType> {
  const { name = '', namespace = '' } = metadata ?? {};
  return discovered(
    context,
    {
      argument: 'spec',
      stem: `resource mapping not found for name: "${name}" namespace: "${namespace}" from "resource"`,
      hint: 'Install its CustomResourceDefinition first, or correct apiVersion and kind.',
    },
    // One that is left out is that of the core group.
    () => mapping.byKind(apiVersion || 'v1', kind, { signal: context.signal }),
  );
}

/** Without what only an object that exists has: a version, and of a kind that has none a namespace. */
function inNamespace(manifest: Manifest, type: ResourceType, fallback = 'default'): Manifest {
  const { namespace: own, resourceVersion: _version, ...metadata } = manifest.metadata ?? {};
  if (!type.namespaced) return { ...manifest, metadata };
  const namespace = own || fallback;
  if (namespace !== '') return { ...manifest, metadata: addressed({ ...metadata, namespace }, 'spec') };
  throw new Failure(
    'InvalidArgument',
    `an empty namespace may not be set during creation: ${type.resource} are in namespaces`,
    {
      argument: 'namespace',
      hint: 'Give namespace a value, leave it out for default, or name it in the metadata of the object.',
    },
  );
}

function isDefinition({ group, resource }: ResourceType): boolean {
  return group === CUSTOM_RESOURCE_DEFINITIONS.group && resource === CUSTOM_RESOURCE_DEFINITIONS.resource;
}

/** Says which of several objects it was, and what has become of the others. */
function withPlace(error: unknown, index: number, count: number): unknown {
  if (!(error instanceof ApiError || error instanceof Failure)) return error;
  const { reason, message, details } = explain(error);
  const remark = `It is object ${index + 1} of ${count} in spec${index === 0 ? '' : '; those before it are written and stay'}.`;
  const hint = details.hint === undefined ? remark : `${details.hint} ${remark}`;
  return new Failure(reason, message, { ...details, hint, cause: error });
}
