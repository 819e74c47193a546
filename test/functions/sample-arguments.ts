import type { FunctionDefinition } from '../../src/engine/function.ts';
import type { Json, JsonObject } from '../../src/kubernetes/objects.ts';
import type { FunctionWorld } from './function-world.ts';

type Place = Pick<FunctionWorld, 'namespace' | 'images'>;

/** Values for what a function requires, which it takes; they name nothing that exists. */
export function sampleArguments({ name: func, args }: FunctionDefinition, place: Place): JsonObject {
  const required = Object.entries(args).filter(([, schema]) => schema.required);
  const samples = required.map(([name]) => {
    const sample = SAMPLES[name];
    if (!sample) throw new Error(`${func} needs ${name}: add a sample of it to ${import.meta.filename}`);
    return [name, sample(place)];
  });
  return Object.fromEntries(samples) as JsonObject;
}

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
