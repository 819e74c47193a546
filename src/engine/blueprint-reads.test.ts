import { beforeEach, expect, it } from 'vitest';
import { countRequests, type CountedRequests } from '../../test/support/counted-requests.ts';
import { BLUEPRINTS, type Blueprint } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import { createApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import { kanisterCrds } from '../api/kanister/crds.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kubernetes/resources.ts';
import { createBlueprintReads, type BlueprintReads } from './blueprint-reads.ts';

const NAME = { name: 'bp', namespace: 'default' };
let time = 0;
let requests: CountedRequests;
let client: KubernetesClient;
let reads: BlueprintReads;

const edit = async (action: string) => {
  const found = await client.get<Blueprint>(BLUEPRINTS, NAME);
  await client.replace<Blueprint>(BLUEPRINTS, { ...found, actions: { [action]: { phases: [] } } });
};
const actionsSince = async (since: number) => Object.keys((await reads.read(NAME, since)).actions ?? {});

beforeEach(async () => {
  const transport = inProcessTransport(createApiServer({ clock: systemClock, random: Math.random }));
  client = createClient(transport, { clock: systemClock });
  for (const crd of kanisterCrds) await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
  await client.create<Blueprint>(BLUEPRINTS, {
    apiVersion: 'cr.kanister.io/v1alpha1',
    kind: 'Blueprint',
    metadata: { ...NAME },
    actions: { first: { phases: [] } },
  });
  time = 1_000;
  requests = countRequests(transport);
  const clock = { ...systemClock, monotonic: () => time };
  reads = createBlueprintReads(createClient(requests.transport, { clock: systemClock }), clock);
});

it('ActionSets that were there before a reading began use it together', async () => {
  const found = await Promise.all(Array.from({ length: 50 }, () => actionsSince(500)));
  expect(found).toEqual(Array.from({ length: 50 }, () => ['first']));
  expect(requests.take()).toHaveLength(1);
});

it('one that came later sees what was changed before it came', async () => {
  expect(await actionsSince(500)).toEqual(['first']);
  await edit('second');
  // It came in the same moment: whether that was before the reading is not known.
  expect(await actionsSince(1_000)).toEqual(['second']);
  time = 1_020;
  expect(await actionsSince(1_010)).toEqual(['second']);
  expect(requests.take()).toHaveLength(3);
});

it('a reading is used for a tenth of a second', async () => {
  await actionsSince(500);
  await edit('second');
  time = 1_100;
  expect(await actionsSince(500)).toEqual(['first']);
  time = 1_101;
  expect(await actionsSince(500)).toEqual(['second']);
});

it('a Blueprint that was not there is looked for again', async () => {
  await client.delete(BLUEPRINTS, NAME);
  await expect(actionsSince(500)).rejects.toThrow('not found');
  await client.create<Blueprint>(BLUEPRINTS, {
    apiVersion: 'cr.kanister.io/v1alpha1',
    kind: 'Blueprint',
    metadata: { ...NAME },
    actions: { again: { phases: [] } },
  });
  expect(await actionsSince(500)).toEqual(['again']);
});
