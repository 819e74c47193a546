import { fieldsOf, listOf, textOf, valueAt } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';
import { badRequest } from './status-error.ts';

/**
 * Which container of the pod a log or an exec is about.
 * @throws {StatusError} 400 when it has to be named, or is not there.
 */
export function chooseContainer(pod: ApiObject, asked: string): string {
  const containers = namesOf(pod, 'containers');
  const initContainers = namesOf(pod, 'initContainers');
  const [only] = containers;
  const name = pod.metadata.name;
  if (asked === '') {
    if (containers.length === 1 && only !== undefined) return only;
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${[...initContainers, ...containers].join(' ')}]`,
    );
  }
  const known = [...containers, ...initContainers, ...namesOf(pod, 'ephemeralContainers')];
  if (known.includes(asked)) return asked;
  throw badRequest(`container ${asked} is not valid for pod ${name}`);
}

/** The container's status as the kubelet last wrote it. */
export function containerStatus(pod: ApiObject, container: string): Record<string, unknown> | undefined {
  return ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
    .flatMap((list) => listOf(valueAt(pod, 'status', list)))
    .map(fieldsOf)
    .find(({ name }) => name === container);
}

const namesOf = (pod: ApiObject, list: string): string[] =>
  listOf(valueAt(pod, 'spec', list)).map((container) => textOf(fieldsOf(container).name));
