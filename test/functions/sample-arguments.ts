import type { FunctionDefinition } from '../../src/engine/function.ts';
import type { Json, JsonObject } from '../../src/kubernetes/objects.ts';
import type { FunctionWorld } from './function-world.ts';

type Place = Pick<FunctionWorld, 'namespace' | 'images'>;

/** Values for what a function needs, which it takes; they name nothing that exists. */
export function sampleArguments({ name: func, args }: FunctionDefinition, place: Place): JsonObject {
  const required = Object.entries(args).filter(([, schema]) => schema.required);
  const samples = required.map(([name]) => {
    const sample = SAMPLES[name];
    if (!sample) throw new Error(`${func} needs ${name}: add a sample of it to ${import.meta.filename}`);
    return [name, sample(place)];
  });
  return { ...MORE[func]?.(place), ...(Object.fromEntries(samples) as JsonObject) };
}

/** What is not required of the function, and yet needed to get beyond the check of its arguments. */
const MORE: Record<string, (place: Place) => JsonObject> = {
  PrepareData: () => ({ volumes: { 'no-such-claim': '/data' } }),
  ScaleWorkload: ({ namespace }) => ({ namespace, kind: 'Deployment', name: 'no-such-workload' }),
};

const SAMPLES: Record<string, (place: Place) => Json> = {
  artifact: () => 'nothing/here',
  backgroundCommand: () => ['true'],
  backgroundImage: ({ images }) => images.shell,
  command: () => ['true'],
  conditions: () => ({ anyOf: [{ condition: 'false', objectReference: NOTHING }] }),
  containers: () => 'main',
  image: ({ images }) => images.shell,
  namespace: ({ namespace }) => namespace,
  operation: () => 'delete',
  outputCommand: () => ['true'],
  outputImage: ({ images }) => images.shell,
  pod: () => 'no-such-pod',
  pods: () => 'no-such-pod',
  replicas: () => 0,
  timeout: () => '1s',
};

const NOTHING = { apiVersion: 'v1', resource: 'configmaps', name: 'no-such-object', namespace: 'default' };
