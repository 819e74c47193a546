import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { ActionSetStatus, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import { PROFILES } from '../../../src/api/kanister/types.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import { openS3 } from '../../../src/objectstore/s3.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';

const NO_POD = 'the operator itself deletes; nothing is made in the cluster';

export const cases: FunctionCases = {
  function: 'LocationDelete',
  none: { pod: NO_POD, life: NO_POD, 'exec and logs': NO_POD },
  cases: [
    {
      aspect: 'arguments',
      name: 'the artifact is a path, or the bucket and the path, with a scheme or without',
      run: (world) =>
        withStore(world, ['a/1', 'b/1', 'c/1', 'd/1'], async ({ bucket, keys, remove }) => {
          const under = (path: string) => `${world.namespace}/${path}`;
          expect((await remove({ artifact: 'a/1' })).state).toBe('complete');
          expect((await remove({ artifact: `${bucket}/b/1` })).state).toBe('complete');
          expect((await remove({ artifact: `s3://${bucket}/c/1` })).state).toBe('complete');
          expect(await keys()).toEqual([under('d/1')]);
        }),
    },
    {
      aspect: 'arguments',
      name: 'prefixMatch is a boolean also as a text; without it a sibling that begins alike stays',
      run: (world) =>
        withStore(world, ['day-1/x', 'day-10/x'], async ({ keys, remove }) => {
          await remove({ artifact: 'day-1' });
          expect(await keys()).toEqual([`${world.namespace}/day-10/x`]);
          await remove({ artifact: 'day-1', prefixMatch: '{{ "true" }}' });
          expect(await keys()).toEqual([]);
        }),
    },
    {
      aspect: 'outputs',
      name: 'there are none, and nothing to delete is success',
      run: (world) =>
        withStore(world, [], async ({ remove }) => {
          const status = await remove({ artifact: 'never/stored' });
          expect(status.state).toBe('complete');
          expect(status.actions[0]?.phases[0]?.output ?? {}).toEqual({});
        }),
    },
    {
      aspect: 'restart',
      name: 'an operator that ends meanwhile is followed by one that deletes what is left',
      run: (world) =>
        withStore(
          world,
          Array.from({ length: 120 }, (_, index) => `many/${index}`),
          async ({ keys, profile }) => {
            const name = await world.start([phase({ artifact: 'many' })], { profile });
            await world.restartOperator();
            expect((await world.ended(name)).state).toBe('complete');
            expect(await keys()).toEqual([]);
          },
        ),
    },
    {
      aspect: 'bad input',
      name: 'an action without a Profile is told so',
      run: async (world) => {
        const status = await world.run([phase({ artifact: 'a' })]);
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain('Failed to validate Profile: Profile must be non-nil');
      },
    },
    {
      aspect: 'bad input',
      name: 'another bucket is refused, and nothing is deleted',
      run: (world) =>
        withStore(world, ['kept'], async ({ keys, remove }) => {
          const status = await remove({ artifact: 's3://elsewhere/kept' });
          expect(status.state).toBe('failed');
          expect(status.error.message).toContain('the artifact names the bucket "elsewhere"');
          expect(status.actions[0]?.phases[0]?.failure).toMatchObject({ argument: 'artifact' });
          expect(await keys()).toEqual([`${world.namespace}/kept`]);
        }),
    },
    {
      aspect: 'bad input',
      name: 'a bucket that is not there is named',
      run: (world) =>
        withStore(world, [], async ({ remove }) => {
          const path = { name: 'store', namespace: world.namespace };
          const body = { location: { bucket: 'no-such-bucket' } };
          await world.cluster.client.patch(PROFILES, path, { type: 'merge', body });
          const status = await remove({ artifact: 'x' });
          expect(status.state).toBe('failed');
          expect(status.error.message).toContain('no-such-bucket');
        }),
    },
  ],
};

const phase = (args: JsonObject): BlueprintPhase => ({ name: 'only', func: 'LocationDelete', args });

interface Stored {
  bucket: string;
  profile: { name: string; namespace: string };
  /** What is left in the world's part of the store. */
  keys(): Promise<string[]>;
  /** Runs the function on the world's Profile, whose prefix is the world's namespace. */
  remove(args: JsonObject): Promise<ActionSetStatus>;
}

async function withStore(
  world: FunctionWorld,
  paths: string[],
  work: (stored: Stored) => Promise<void>,
): Promise<void> {
  const { namespace, cluster } = world;
  const { endpoint, bucket, region, accessKey: accessKeyId, secretKey: secretAccessKey } = cluster.store;
  world.startOperator();
  await world.run([]); // the CRDs are there once this is
  const profile = { name: await cluster.createProfile(namespace), namespace };
  const store = await openS3({
    endpoint,
    bucket,
    region,
    credentials: { accessKeyId, secretAccessKey },
    skipSslVerify: false,
  });
  try {
    for (const path of paths) await store.put(`${namespace}/${path}`, Readable.from([Buffer.from(path)]));
    await work({
      bucket,
      profile,
      keys: async () => (await Array.fromAsync(store.list(`${namespace}/`))).map(({ key }) => key),
      remove: (args) => world.run([phase(args)], { profile }),
    });
  } finally {
    store.close();
  }
}
