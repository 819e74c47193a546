import { Failure } from '../engine/failure.ts';

/** The pod that arguments name. @throws {Failure} `InvalidArgument` where one of them is empty: a template may have found nothing */
export function podNamed(namespace: string, name: string): { namespace: string; name: string } {
  const argument = namespace === '' ? 'namespace' : name === '' ? 'pod' : undefined;
  if (argument === undefined) return { namespace, name };
  throw new Failure('InvalidArgument', `Failed to exec command in pod: argument ${argument} is empty`, {
    argument,
    hint: `Give the ${argument === 'pod' ? 'name of the pod' : 'namespace of the pod'}, and check what its template refers to.`,
  });
}
