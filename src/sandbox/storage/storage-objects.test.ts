import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kubernetes/resources.ts';
import { createApiServer } from '../apiserver/api-server.ts';
import { inProcessTransport } from '../apiserver/in-process-transport.ts';
import {
  CSI_DRIVERS,
  STORAGE_CLASSES,
  VOLUME_GROUP_SNAPSHOT_CLASSES,
  VOLUME_SNAPSHOT_CLASSES,
} from '../controllers/resource-types.ts';
import { storageObjects } from './storage-objects.ts';

const TYPES: ResourceType[] = [
  CSI_DRIVERS,
  STORAGE_CLASSES,
  CUSTOM_RESOURCE_DEFINITIONS,
  VOLUME_SNAPSHOT_CLASSES,
  VOLUME_GROUP_SNAPSHOT_CLASSES,
];
const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function start(installed: KubernetesObject[]): KubernetesClient {
  const server = createApiServer({ clock: systemClock, random: Math.random, installed });
  stops.push(() => server.stop());
  return createClient(inProcessTransport(server), { clock: systemClock });
}

/** Everything of these types, without what differs from one create to the next. */
async function contentOf(client: KubernetesClient): Promise<unknown> {
  const lists = await Promise.all(TYPES.map((type) => client.list<KubernetesObject>(type)));
  const text = JSON.stringify(
    lists.flatMap(({ items }) => items),
    (key, value: unknown) =>
      ['uid', 'resourceVersion', 'creationTimestamp', 'lastTransitionTime', 'managedFields'].includes(key)
        ? undefined
        : value,
  );
  return JSON.parse(text);
}

describe('storageObjects', () => {
  it('are accepted by an API server, and installed as it stores them', async () => {
    const created = start([]);
    for (const object of storageObjects()) {
      const type = TYPES.find(({ kind }) => kind === object.kind);
      if (!type) throw new Error(`no type of ${object.kind}`);
      await created.create(type, object, { fieldValidation: 'Strict' });
    }
    expect(await contentOf(start(storageObjects()))).toEqual(await contentOf(created));
  });
});
