import { beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, NAMESPACES, PODS, REPLICA_SETS, STATEFUL_SETS } from '../kubernetes/resources.ts';
import { createApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import { readSubject } from './subject.ts';

let client: KubernetesClient;

beforeEach(async () => {
  client = createClient(inProcessTransport(createApiServer({ clock: systemClock, random: Math.random })), {
    clock: systemClock,
  });
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } });
});

const labels = { app: 'db' };
const container = {
  name: 'db',
  image: 'db',
  volumeMounts: [
    { name: 'data', mountPath: '/data' },
    { name: 'shared', mountPath: '/shared' },
  ],
};
const shared = { name: 'shared', persistentVolumeClaim: { claimName: 'common' } };

/** Creates a pod of `owner`, in the given phase. */
async function pod(name: string, owner: KubernetesObject, phase: string, volumes: object[]): Promise<void> {
  const created = await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'app',
      labels,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: owner.kind ?? '',
          name: owner.metadata?.name ?? '',
          uid: owner.metadata?.uid ?? '',
        },
      ],
    },
    spec: { containers: [container], volumes },
  } as KubernetesObject);
  await client.replace(
    PODS,
    { ...created, status: { phase, containerStatuses: [{ name: 'db' }] } } as KubernetesObject,
    { subresource: 'status' },
  );
}

describe('the subject of an action', () => {
  it('of a StatefulSet has its running pods with their containers, its own claims by ordinal, and others by their name', async () => {
    const set = await client.create(STATEFUL_SETS, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'app' },
      spec: {
        serviceName: 'db',
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], volumes: [shared] } },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    } as KubernetesObject);
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'ignored' } }, shared];
    await pod('db-0', set, 'Running', volumes);
    await pod('db-1', set, 'Pending', volumes);
    await pod('db-2', set, 'Running', volumes);
    expect(await readSubject(client, { kind: 'STATEFULSET', name: 'db', namespace: 'app' })).toEqual({
      kind: 'StatefulSet',
      namespace: 'app',
      name: 'db',
      pods: ['db-0', 'db-2'],
      containers: [['db'], ['db']],
      persistentVolumeClaims: {
        'db-0': { 'data-db-0': '/data', common: '/shared' },
        'db-2': { 'data-db-2': '/data', common: '/shared' },
      },
    });
  });

  it('of a Deployment has the pods of its current revision only', async () => {
    const revision = (number: string) => ({ 'deployment.kubernetes.io/revision': number });
    const template = {
      metadata: { labels },
      spec: {
        containers: [container],
        volumes: [
          { ...shared, name: 'data' },
          { name: 'shared', emptyDir: {} },
        ],
      },
    };
    const deployment = await client.create(DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'app', annotations: revision('2') },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    } as KubernetesObject);
    await expect(readSubject(client, { kind: 'Deployment', name: 'web', namespace: 'app' })).rejects.toThrow(
      'Could not find a ReplicaSet for Deployment: not found',
    );
    for (const number of ['1', '2']) {
      const set = await client.create(REPLICA_SETS, {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `web-${number}`,
          namespace: 'app',
          labels,
          annotations: revision(number),
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: deployment.metadata?.uid ?? '' },
          ],
        },
        spec: { replicas: 1, selector: { matchLabels: labels }, template },
      } as KubernetesObject);
      await pod(`web-${number}-x`, set, 'Running', template.spec.volumes);
    }
    expect(await readSubject(client, { kind: 'deployment', name: 'web', namespace: 'app' })).toMatchObject({
      pods: ['web-2-x'],
      persistentVolumeClaims: { 'web-2-x': { common: '/data' } },
    });
  });

  it('of any other kind is none', async () => {
    expect(await readSubject(client, { kind: 'Namespace', name: 'app' })).toBeUndefined();
  });
});
