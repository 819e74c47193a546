import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import type { ResourceType } from '../kubernetes/objects.ts';
import { createRestMapping, NoSuchResource } from '../kubernetes/rest-mapping.ts';

/**
 * Asks the API server which resource of it is of this kind and can be scaled. `kind` is in any case, and may be a resource's name, as for kubectl.
 * @throws {Failure} `InvalidArgument` when there is none, or it has no `scale` subresource
 */
export async function findScalable(
  { kubernetes, signal }: Pick<FunctionContext, 'kubernetes' | 'signal'>,
  kind: string,
  apiVersion: string,
): Promise<ResourceType> {
  try {
    const mapping = createRestMapping(kubernetes);
    const type = await mapping.byName(qualifiedName(kind, apiVersion), { signal });
    // Of an object without that subresource some servers say that the object is not there.
    const { resources } = await kubernetes.raw<{ resources: { name: string }[] }>(groupPath(type), {
      signal,
    });
    if (resources.some(({ name }) => name === `${type.resource}/scale`)) return type;
  } catch (error) {
    if (!(error instanceof NoSuchResource)) {
      signal.throwIfAborted();
      throw Failure.wrap(`Could not find out what a ${kind} is`, error, 'KindNotFound');
    }
  }
  throw new Failure(
    'InvalidArgument',
    `Workload type not supported ${[kind, apiVersion].filter(Boolean).join(' of ')}`,
    {
      argument: 'kind',
      hint: 'kind is deployment, statefulset, deploymentconfig, or any kind that has a scale subresource; where several groups have one of that name, give its apiVersion, too.',
    },
  );
}

/** `rollout.v1alpha1.argoproj.io`; of the core group `replicationcontroller.v1.` */
function qualifiedName(kind: string, apiVersion: string): string {
  if (apiVersion === '') return kind;
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return `${kind}.${version}.${group}`;
}

function groupPath({ group, version }: ResourceType): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}
