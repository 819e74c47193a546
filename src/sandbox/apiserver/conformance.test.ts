import { text } from 'node:stream/consumers';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import { fixedCredentials } from '../../kubernetes/credentials.ts';
import { httpTransport } from '../../kubernetes/http-transport.ts';
import type { KubernetesObject, ResourceType, WatchEvent } from '../../kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  EVENTS,
  LEASES,
  NAMESPACES,
  PODS,
  SECRETS,
  SERVICES,
  SERVICE_ACCOUNTS,
} from '../../kubernetes/resources.ts';
import type { Transport } from '../../kubernetes/transport.ts';
import { createApiServer } from './api-server.ts';
import type { ApiServer, ApiServerOptions } from './api-server.ts';
import { serveHttp } from './http-server.ts';
import { inProcessTransport } from './in-process-transport.ts';
import type { NodeAgent } from './node-agent.ts';

interface Session {
  server: ApiServer;
  client: KubernetesClient;
  transport: Transport;
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const transports: Record<string, (server: ApiServer) => Promise<Transport>> = {
  'in process': async (server) => inProcessTransport(server),
  'over HTTP': async (server) => {
    const http = await serveHttp(server, { clock: systemClock });
    cleanUps.push(() => http.close());
    return httpTransport({ server: http.url, clock: systemClock, credentials: fixedCredentials({}) });
  },
};

/** Kubernetes' own word for the failure of a call. */
const refusal = (call: Promise<unknown>): Promise<ApiError> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    },
  );

const WIDGETS: ResourceType = {
  group: 'example.com',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

const widgetCrd = (schema: object, more: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
  },
});

const pod = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'busybox' }], ...more },
});

describe.each(Object.entries(transports))('the API server, %s', (_name, connect) => {
  async function open(options: Partial<ApiServerOptions> = {}): Promise<Session> {
    const server = createApiServer({ clock: systemClock, random: Math.random, ...options });
    const transport = await connect(server);
    const client = createClient(transport, { clock: systemClock });
    cleanUps.push(async () => {
      await client.close();
      server.stop();
    });
    return { server, client, transport };
  }

  async function next<T extends KubernetesObject>(
    events: AsyncIterator<WatchEvent<T>>,
  ): Promise<WatchEvent<T>> {
    const { value, done } = await events.next();
    if (done) throw new Error('the watch ended');
    return value;
  }

  it('creates, reads, replaces and deletes an object, with a new resourceVersion for each change', async () => {
    const { client } = await open();
    const created = await client.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { name: 'a', namespace: 'default' },
      data: { key: 'one' },
    } as KubernetesObject);
    expect(created).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { key: 'one' },
    });
    expect(created.metadata?.uid).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(created.metadata?.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const replaced = await client.replace(CONFIG_MAPS, {
      ...created,
      data: { key: 'two' },
    } as KubernetesObject);
    expect(Number(replaced.metadata?.resourceVersion)).toBeGreaterThan(
      Number(created.metadata?.resourceVersion),
    );
    expect(await client.get(CONFIG_MAPS, { namespace: 'default', name: 'a' })).toEqual(replaced);
    expect(await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'a' })).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.metadata?.uid },
    });
    const missing = await refusal(client.get(CONFIG_MAPS, { namespace: 'default', name: 'a' }));
    expect(missing).toMatchObject({ code: 404, reason: 'NotFound', message: 'configmaps "a" not found' });
  });

  it('does not write a change that changes nothing', async () => {
    const { client } = await open();
    const created = await client.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { name: 'a', namespace: 'default' },
    });
    const replaced = await client.replace(CONFIG_MAPS, created);
    expect(replaced.metadata?.resourceVersion).toBe(created.metadata?.resourceVersion);
  });

  it('refuses in the words of a real server', async () => {
    const { client } = await open();
    await client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { name: 'x', namespace: 'default' } });
    const again = await refusal(
      client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { name: 'x', namespace: 'default' } }),
    );
    expect(again).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "x" already exists',
    });
    const stale = await refusal(
      client.replace(CONFIG_MAPS, { metadata: { name: 'x', namespace: 'default', resourceVersion: '1' } }),
    );
    expect(stale).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "x": the object has been modified; please apply your changes to the latest version and try again',
    });
    const nowhere = await refusal(
      client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { name: 'x', namespace: 'nowhere' } }),
    );
    expect(nowhere).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
    const badName = await refusal(
      client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { name: 'X', namespace: 'default' } }),
    );
    expect(badName.message).toMatch(
      /^ConfigMap "X" is invalid: metadata\.name: Invalid value: "X": a lowercase RFC 1123 subdomain/,
    );
    const empty = await refusal(
      client.create<KubernetesObject>(PODS, {
        metadata: { name: 'p', namespace: 'default' },
        spec: { containers: [] },
      } as KubernetesObject),
    );
    expect(empty).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'Pod "p" is invalid: spec.containers: Required value',
    });
    const account = await refusal(
      client.create<KubernetesObject>(PODS, pod('p', { serviceAccountName: 'ghost' })),
    );
    expect(account.message).toBe(
      'pods "p" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
    );
    const unknown = await refusal(client.list({ ...CONFIG_MAPS, resource: 'gadgets' }));
    expect(unknown.code).toBe(404);
  });

  it('generates names, and takes a fixed name where both are given', async () => {
    const { client } = await open();
    const generated = await client.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { generateName: 'job-', namespace: 'default' },
    });
    expect(generated.metadata?.name).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const fixed = await client.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { generateName: 'job-', name: 'job-mine', namespace: 'default' },
    });
    expect(fixed.metadata).toMatchObject({ name: 'job-mine', generateName: 'job-' });
  });

  it('gives a pod the defaults that clients look at', async () => {
    const { client } = await open();
    const created = await client.create<KubernetesObject>(PODS, pod('p'));
    expect(created).toMatchObject({
      metadata: { generation: 1 },
      spec: {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        serviceAccountName: 'default',
        containers: [{ imagePullPolicy: 'Always', terminationMessagePath: '/dev/termination-log' }],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
    const changed = await refusal(
      client.patch(
        PODS,
        { namespace: 'default', name: 'p' },
        { type: 'merge', body: { spec: { restartPolicy: 'Never' } } },
      ),
    );
    expect(changed.message).toMatch(
      /^Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than/,
    );
  });

  it('keeps spec and status apart, and raises the generation with the spec only', async () => {
    const { client } = await open();
    const labels = { app: 'a' };
    const created = await client.create<KubernetesObject>(DEPLOYMENTS, {
      metadata: { name: 'd', namespace: 'default' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    } as KubernetesObject);
    expect(created).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1, strategy: { type: 'RollingUpdate' } },
    });
    const name = { namespace: 'default', name: 'd' };
    const status = await client.patch(
      DEPLOYMENTS,
      name,
      { type: 'merge', body: { status: { replicas: 3 }, spec: { replicas: 9 } } },
      { subresource: 'status' },
    );
    expect(status).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 3 },
    });
    const scaled = await client.patch(DEPLOYMENTS, name, {
      type: 'json',
      body: [{ op: 'replace', path: '/spec/replicas', value: 2 }],
    });
    expect(scaled).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 2 },
      status: { replicas: 3 },
    });
    const scale = await client.get(DEPLOYMENTS, name, { subresource: 'scale' });
    expect(scale).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 2 },
      status: { replicas: 3, selector: 'app=a' },
    });
    await client.replace({ ...DEPLOYMENTS }, { ...scale, spec: { replicas: 5 } } as KubernetesObject, {
      subresource: 'scale',
    });
    expect(await client.get(DEPLOYMENTS, name)).toMatchObject({
      spec: { replicas: 5 },
      metadata: { generation: 3 },
    });
  });

  it('merges a strategic patch by the names of containers', async () => {
    const { client } = await open();
    const labels = { app: 'a' };
    await client.create<KubernetesObject>(DEPLOYMENTS, {
      metadata: { name: 'd', namespace: 'default' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              { name: 'one', image: 'a:1' },
              { name: 'two', image: 'b:1' },
            ],
          },
        },
      },
    } as KubernetesObject);
    const body = { spec: { template: { spec: { containers: [{ name: 'two', image: 'b:2' }] } } } };
    const name = { namespace: 'default', name: 'd' };
    const patched = await client.patch(DEPLOYMENTS, name, { type: 'strategic', body });
    expect(patched).toMatchObject({
      metadata: { generation: 2 },
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'one', image: 'a:1' },
              { name: 'two', image: 'b:2' },
            ],
          },
        },
      },
    });
  });

  it('takes the tokens that it gives to service accounts', async () => {
    const { client, transport } = await open();
    await client.create(SERVICE_ACCOUNTS, { metadata: { name: 'runner', namespace: 'default' } });
    const review = async (token: string) => {
      const response = await transport.send({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ spec: { token } }),
      });
      return (JSON.parse(await text(response.body)) as { status: object }).status;
    };
    const issued = await transport.send({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts/runner/token',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ spec: { expirationSeconds: 600 } }),
    });
    const { status } = JSON.parse(await text(issued.body)) as { status: { token: string } };
    expect(await review(status.token)).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:runner' },
    });
    expect(await review('invented')).toEqual({ user: {}, error: 'invalid bearer token' });
    await client.delete(SERVICE_ACCOUNTS, { name: 'runner', namespace: 'default' });
    expect(await review(status.token)).not.toHaveProperty('authenticated');
  });

  it('lists by labels and fields, in pages that show one moment', async () => {
    const { client } = await open();
    for (const [name, tier] of [
      ['a', 'db'],
      ['b', 'web'],
      ['c', 'db'],
      ['d', 'db'],
    ]) {
      await client.create<KubernetesObject>(CONFIG_MAPS, {
        metadata: { name, namespace: 'default', labels: { tier: tier ?? '' } },
      });
    }
    const names = async (options: object) =>
      (await client.list(CONFIG_MAPS, { namespace: 'default', ...options })).items.map(
        ({ metadata }) => metadata?.name,
      );
    expect(await names({ labelSelector: 'tier=db' })).toEqual(['a', 'c', 'd']);
    expect(await names({ labelSelector: 'tier in (web, cache)' })).toEqual(['b']);
    expect(await names({ labelSelector: 'tier!=db' })).toEqual(['b']);
    expect(await names({ fieldSelector: 'metadata.name=c' })).toEqual(['c']);
    const first = await client.list(CONFIG_MAPS, { namespace: 'default', limit: 2 });
    expect(first.metadata.remainingItemCount).toBe(2);
    await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'c' });
    const second = await client.list(CONFIG_MAPS, {
      namespace: 'default',
      limit: 2,
      continue: first.metadata.continue ?? '',
    });
    expect(second.items.map(({ metadata }) => metadata?.name)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const unknown = await refusal(client.list(CONFIG_MAPS, { fieldSelector: 'data.key=x' }));
    expect(unknown).toMatchObject({
      code: 400,
      message: '"data.key" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
  });

  it('watches from a version, and through a selector as objects begin and cease to match', async () => {
    const { client } = await open();
    const { metadata } = await client.list(CONFIG_MAPS);
    const selected = { resourceVersion: metadata.resourceVersion ?? '', labelSelector: 'on=yes' };
    const events = client.watch(CONFIG_MAPS, selected)[Symbol.asyncIterator]();
    const name = { namespace: 'default', name: 'a' };
    await client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { ...name, labels: { on: 'no' } } });
    await client.patch(CONFIG_MAPS, name, { type: 'merge', body: { metadata: { labels: { on: 'yes' } } } });
    await client.patch(CONFIG_MAPS, name, { type: 'merge', body: { data: { k: 'v' } } });
    await client.patch(CONFIG_MAPS, name, { type: 'merge', body: { metadata: { labels: { on: null } } } });
    expect(await next(events)).toMatchObject({
      type: 'ADDED',
      object: { metadata: { labels: { on: 'yes' } } },
    });
    expect(await next(events)).toMatchObject({ type: 'MODIFIED', object: { data: { k: 'v' } } });
    expect(await next(events)).toMatchObject({
      type: 'DELETED',
      object: { metadata: { labels: { on: 'yes' } } },
    });
    await events.return?.();
  });

  it('begins a watch without a version with what is there, and ends it when its time is over', async () => {
    const { client } = await open();
    const types: string[] = [];
    for await (const event of client.watch(NAMESPACES, { timeoutSeconds: 1 })) types.push(event.type);
    expect(types).toEqual(['ADDED', 'ADDED', 'ADDED', 'ADDED']);
  });

  it('tells a watch that comes too late with 410', async () => {
    const { client, server } = await open();
    const created = await client.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { name: 'a', namespace: 'default' },
    });
    await client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { name: 'b', namespace: 'default' } });
    server.compact();
    const events = client.watch(CONFIG_MAPS, { resourceVersion: created.metadata?.resourceVersion ?? '' });
    const expired = await refusal(events[Symbol.asyncIterator]().next());
    expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
    expect(expired.message).toMatch(/^too old resource version: \d+ \(\d+\)$/);
  });

  it('keeps a deleted object until its finalizers are gone', async () => {
    const { client } = await open();
    const name = { namespace: 'default', name: 'a' };
    await client.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { ...name, finalizers: ['example.com/keep'] },
    });
    const marked = await client.delete(CONFIG_MAPS, name);
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['example.com/keep'],
    });
    const added = await refusal(
      client.patch(CONFIG_MAPS, name, {
        type: 'merge',
        body: { metadata: { finalizers: ['example.com/keep', 'b.io/x'] } },
      }),
    );
    expect(added.message).toContain(
      'no new finalizers can be added if the object is being deleted, found new finalizers []string{"b.io/x"}',
    );
    await client.patch(CONFIG_MAPS, name, { type: 'merge', body: { metadata: { finalizers: null } } });
    expect((await refusal(client.get(CONFIG_MAPS, name))).code).toBe(404);
  });

  it('deletes a pod on a node gracefully, and one without at once', async () => {
    const { client, transport } = await open();
    await client.create<KubernetesObject>(PODS, pod('free'));
    await client.delete(PODS, { namespace: 'default', name: 'free' });
    expect((await refusal(client.get(PODS, { namespace: 'default', name: 'free' }))).code).toBe(404);
    const bound = await client.create<KubernetesObject>(PODS, pod('bound'));
    const bind = await transport.send({
      method: 'POST',
      path: '/api/v1/namespaces/default/pods/bound/binding',
      body: JSON.stringify({
        kind: 'Binding',
        apiVersion: 'v1',
        metadata: { name: 'bound' },
        target: { kind: 'Node', name: 'n' },
      }),
    });
    expect(bind.status).toBe(201);
    bind.body.destroy();
    const marked = await client.delete(PODS, { namespace: 'default', name: 'bound' });
    expect(marked.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    const other = await refusal(
      client.delete(
        PODS,
        { namespace: 'default', name: 'bound' },
        { gracePeriodSeconds: 0, preconditions: { uid: 'other' } },
      ),
    );
    expect(other.message).toBe(
      `Operation cannot be fulfilled on Pod "bound": the UID in the precondition (other) does not match the UID in record (${bound.metadata?.uid ?? ''}). The object might have been deleted and then recreated`,
    );
    await client.delete(PODS, { namespace: 'default', name: 'bound' }, { gracePeriodSeconds: 0 });
    expect((await refusal(client.get(PODS, { namespace: 'default', name: 'bound' }))).code).toBe(404);
  });

  it('refuses content in a namespace that ends', async () => {
    const { client } = await open();
    await client.create<KubernetesObject>(NAMESPACES, { metadata: { name: 'ending' } });
    expect(await client.delete(NAMESPACES, { name: 'ending' })).toMatchObject({
      status: { phase: 'Terminating' },
    });
    const refused = await refusal(
      client.create<KubernetesObject>(CONFIG_MAPS, { metadata: { name: 'a', namespace: 'ending' } }),
    );
    expect(refused).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: unable to create new content in namespace ending because it is being terminated',
    });
    expect(refused.status.details?.causes?.[0]?.reason).toBe('NamespaceTerminating');
  });

  it('keeps the namespaces that every cluster has', async () => {
    const { client } = await open();
    expect(await refusal(client.delete(NAMESPACES, { name: 'default' }))).toMatchObject({
      code: 403,
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });

  it('ends an object that was deleted in the background at once, whatever its dependents', async () => {
    const { client } = await open();
    const name = { namespace: 'default', name: 'a' };
    await client.create(CONFIG_MAPS, { metadata: name });
    const waiting = await client.delete(CONFIG_MAPS, name, { propagationPolicy: 'Foreground' });
    expect(waiting.metadata?.finalizers).toEqual(['foregroundDeletion']);
    await client.delete(CONFIG_MAPS, name, { propagationPolicy: 'Background' });
    expect((await refusal(client.get(CONFIG_MAPS, name))).code).toBe(404);
  });

  it('deletes what a selector finds at once', async () => {
    const { client, transport } = await open();
    for (const name of ['a', 'b', 'c']) {
      const labels = { old: String(name !== 'c') };
      await client.create(CONFIG_MAPS, { metadata: { name, namespace: 'default', labels } });
    }
    const response = await transport.send({
      method: 'DELETE',
      path: '/api/v1/namespaces/default/configmaps',
      query: [['labelSelector', 'old=true']],
    });
    expect(JSON.parse(await text(response.body))).toMatchObject({ kind: 'ConfigMapList', items: [{}, {}] });
    const { items } = await client.list(CONFIG_MAPS);
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
  });

  it('says that its user may do what it asks about, since nothing is enforced', async () => {
    const { client } = await open();
    const review: ResourceType = {
      group: 'authorization.k8s.io',
      version: 'v1',
      resource: 'selfsubjectaccessreviews',
      kind: 'SelfSubjectAccessReview',
      namespaced: false,
    };
    const spec = { resourceAttributes: { verb: 'create', resource: 'pods' } };
    const answer = await client.create<KubernetesObject>(review, { spec } as KubernetesObject);
    expect(answer).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: true } });
  });

  it('tells a reflector when it has sent the state there was', async () => {
    const { transport } = await open();
    const response = await transport.send({
      method: 'GET',
      path: '/api/v1/namespaces',
      query: [
        ['watch', 'true'],
        ['sendInitialEvents', 'true'],
        ['resourceVersionMatch', 'NotOlderThan'],
        ['allowWatchBookmarks', 'true'],
        ['timeoutSeconds', '1'],
      ],
    });
    const events = (await text(response.body))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as WatchEvent);
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 5)).toEqual(['ADDED', 'ADDED', 'ADDED', 'ADDED', 'BOOKMARK']);
    expect(events[4]?.object.metadata?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('changes nothing in a dry run', async () => {
    const { client } = await open();
    const shown = await client.create<KubernetesObject>(
      CONFIG_MAPS,
      { metadata: { name: 'a', namespace: 'default' } },
      { dryRun: true },
    );
    expect(shown.metadata?.uid).toBeDefined();
    expect((await refusal(client.get(CONFIG_MAPS, { namespace: 'default', name: 'a' }))).code).toBe(404);
  });

  it('holds secrets encoded, and immutable ones for ever', async () => {
    const { client } = await open();
    const name = { namespace: 'default', name: 's' };
    const created = await client.create<KubernetesObject>(SECRETS, {
      metadata: name,
      stringData: { password: 'p' },
      immutable: true,
    } as KubernetesObject);
    expect(created).toMatchObject({ type: 'Opaque', data: { password: 'cA==' } });
    expect(created).not.toHaveProperty('stringData');
    const refused = await refusal(
      client.patch(SECRETS, name, { type: 'merge', body: { data: { password: 'cQ==' } } }),
    );
    expect(refused.message).toBe(
      'Secret "s" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
  });

  it('gives every service an address of its own', async () => {
    const { client } = await open();
    const addresses = new Set<unknown>();
    for (const name of ['a', 'b']) {
      const service = await client.create<KubernetesObject>(SERVICES, {
        metadata: { name, namespace: 'default' },
        spec: { ports: [{ port: 80 }] },
      } as KubernetesObject);
      expect(service).toMatchObject({
        spec: { type: 'ClusterIP', ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] },
      });
      addresses.add((service as unknown as { spec: { clusterIP: string } }).spec.clusterIP);
    }
    expect(addresses.size).toBe(2);
  });

  it('shows one event in both of its groups', async () => {
    const { client } = await open();
    await client.create<KubernetesObject>(EVENTS, {
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'p' },
      reason: 'Done',
      message: 'it is done',
    } as KubernetesObject);
    const other = await client.get(
      { ...EVENTS, group: 'events.k8s.io' },
      { namespace: 'default', name: 'e' },
    );
    expect(other).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'it is done',
      regarding: { kind: 'Pod', name: 'p' },
      reason: 'Done',
    });
    const found = await client.list(EVENTS, { fieldSelector: 'involvedObject.name=p' });
    expect(found.items).toHaveLength(1);
  });

  it('serves custom resources: pruned, defaulted, checked', async () => {
    const { client } = await open();
    const crd = await client.create<KubernetesObject>(
      CUSTOM_RESOURCE_DEFINITIONS,
      widgetCrd(
        {
          type: 'object',
          required: ['spec'],
          properties: {
            spec: {
              type: 'object',
              required: ['size'],
              properties: {
                size: { type: 'integer', minimum: 1 },
                colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
                free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                names: { type: 'array', items: { type: 'string', pattern: '^[a-z]+$' } },
              },
            },
            status: { type: 'object', properties: { state: { type: 'string' } } },
          },
        },
        {
          selectableFields: [{ jsonPath: '.status.state' }],
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        },
      ),
    );
    // Its names are accepted a moment after it was written.
    expect(crd).toMatchObject({ status: { conditions: null, storedVersions: ['v1'] } });
    expect(await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' })).toMatchObject({
      status: { conditions: [{ type: 'NamesAccepted' }, { type: 'Established', status: 'True' }] },
    });
    const widget = (spec: object) =>
      ({ metadata: { name: 'w', namespace: 'default' }, spec }) as KubernetesObject;
    const refused = await refusal(
      client.create<KubernetesObject>(WIDGETS, widget({ size: 0, colour: 'green', names: ['A'] })),
    );
    expect(refused).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(refused.message).toBe(
      'Widget.example.com "w" is invalid: [' +
        'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1, ' +
        'spec.colour: Unsupported value: "green": supported values: "red", "blue", ' +
        'spec.names[0]: Invalid value: "A": spec.names[0] in body should match \'^[a-z]+$\']',
    );
    const missing = await refusal(client.create<KubernetesObject>(WIDGETS, widget({})));
    expect(missing.message).toBe('Widget.example.com "w" is invalid: spec.size: Required value');
    const type = await refusal(client.create<KubernetesObject>(WIDGETS, widget({ size: 'big' })));
    expect(type.message).toBe(
      'Widget.example.com "w" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    );
    const strict = await refusal(
      client.create<KubernetesObject>(WIDGETS, widget({ size: 1, bogus: 1 }), { fieldValidation: 'Strict' }),
    );
    expect(strict).toMatchObject({
      code: 400,
      message:
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.bogus"',
    });
    const created = await client.create<KubernetesObject>(
      WIDGETS,
      widget({ size: 1, bogus: 1, free: { any: { thing: true } } }),
    );
    expect(created).toMatchObject({
      spec: { size: 1, colour: 'red', free: { any: { thing: true } } },
      metadata: { generation: 1 },
    });
    expect(created).not.toHaveProperty('spec.bogus');

    const name = { namespace: 'default', name: 'w' };
    const annotated = await client.patch(WIDGETS, name, {
      type: 'merge',
      body: { metadata: { annotations: { a: 'b' } } },
    });
    expect(annotated.metadata?.generation).toBe(1);
    const done = await client.patch(WIDGETS, name, {
      type: 'merge',
      body: { status: { state: 'complete' } },
    });
    expect(done.metadata?.generation).toBe(2);
    expect((await client.list(WIDGETS, { fieldSelector: 'status.state!=complete' })).items).toEqual([]);
    expect((await client.list(WIDGETS, { fieldSelector: 'status.state=complete' })).items).toHaveLength(1);
    const table = await client.list(WIDGETS, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      includeObject: 'None',
    });
    expect(table).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Size', type: 'integer' }],
      rows: [{ cells: ['w', 1] }],
    });
    const unconditional = await refusal(client.replace(WIDGETS, widget({ size: 2 })));
    expect(unconditional.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('answers 400 to fields that an older server cannot select by', async () => {
    const { client } = await open({ selectableFields: false });
    await client.create<KubernetesObject>(
      CUSTOM_RESOURCE_DEFINITIONS,
      widgetCrd(
        {
          type: 'object',
          properties: { status: { type: 'object', properties: { state: { type: 'string' } } } },
        },
        { selectableFields: [{ jsonPath: '.status.state' }] },
      ),
    );
    const refused = await refusal(client.list(WIDGETS, { fieldSelector: 'status.state!=complete' }));
    expect(refused).toMatchObject({ code: 400, message: 'field label not supported: status.state' });
  });

  it('refuses by name what it cannot do', async () => {
    const { client } = await open();
    const rules = { type: 'object', 'x-kubernetes-validations': [{ rule: 'isURL(self.metadata.name)' }] };
    const cel = await refusal(client.create<KubernetesObject>(CUSTOM_RESOURCE_DEFINITIONS, widgetCrd(rules)));
    expect(cel.code).toBe(501);
    expect(cel.message).toContain('the function isURL in CEL rules');
  });

  it('draws the same lines for sizes as etcd and the real server', async () => {
    const { client } = await open();
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await client.create<KubernetesObject>(CUSTOM_RESOURCE_DEFINITIONS, widgetCrd(schema));
    const create = (bytes: number) =>
      client.create<KubernetesObject>(WIDGETS, {
        metadata: { name: `w${bytes}`, namespace: 'default' },
        data: 'x'.repeat(bytes),
      } as KubernetesObject);
    await create(1_550_000);
    expect(await refusal(create(1_600_000))).toMatchObject({ code: 500, reason: '' });
    expect(await refusal(create(3_200_000))).toMatchObject({ code: 413 });
    const annotated = await refusal(
      client.create<KubernetesObject>(CONFIG_MAPS, {
        metadata: { name: 'a', namespace: 'default', annotations: { k: 'x'.repeat(262_144) } },
      }),
    );
    expect(annotated).toMatchObject({ code: 422 });
    expect(annotated.message).toContain('metadata.annotations: Too long: may not be more than 262144 bytes');
  });

  it('updates a lease by compare-and-swap only', async () => {
    const { client } = await open();
    const lease = await client.create<KubernetesObject>(LEASES, {
      metadata: { name: 'l', namespace: 'default' },
      spec: { holderIdentity: 'a' },
    } as KubernetesObject);
    await client.replace(LEASES, { ...lease, spec: { holderIdentity: 'b' } } as KubernetesObject);
    const stale = await refusal(
      client.replace(LEASES, { ...lease, spec: { holderIdentity: 'c' } } as KubernetesObject),
    );
    expect(stale.reason).toBe('Conflict');
  });

  it('answers discovery, version and health', async () => {
    const { client, transport } = await open();
    await client.create<KubernetesObject>(CUSTOM_RESOURCE_DEFINITIONS, widgetCrd({ type: 'object' }));
    expect(await client.raw('/version')).toMatchObject({ major: '1', minor: '34' });
    expect(await client.raw('/apis/example.com/v1')).toMatchObject({
      kind: 'APIResourceList',
      resources: [{ name: 'widgets', kind: 'Widget', namespaced: true, shortNames: ['wd'] }],
    });
    const core = await client.raw<{ resources: { name: string }[] }>('/api/v1');
    expect(core.resources.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pods', 'pods/log', 'pods/exec', 'secrets']),
    );
    const aggregated = await transport.send({
      method: 'GET',
      path: '/apis',
      headers: {
        Accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
      },
    });
    expect(JSON.parse(await text(aggregated.body))).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    const health = await transport.send({ method: 'GET', path: '/readyz' });
    expect(await text(health.body)).toBe('ok');
  });

  describe('with a node', () => {
    const agent: NodeAgent = {
      async log(_pod, container, options) {
        return Readable.from([Buffer.from(`log of ${container}, tail ${String(options.tailLines)}\n`)], {
          objectMode: false,
        });
      },
      async exec(_pod, _container, { command, stdin, stdout, stderr }) {
        if (command[0] === 'broken') throw new Error('no such file: broken');
        if (stdin && stdout) await pipeline(stdin, stdout);
        stderr?.write('done\n');
        return { exitCode: Number(command[1] ?? 0) };
      },
      attach: () => Promise.reject(new Error('not asked for here')),
      connect: () => Promise.reject(new Error('not asked for here')),
    };

    async function running(containers: string[]): Promise<Session> {
      const session = await open({ nodeAgent: agent });
      await session.client.create<KubernetesObject>(PODS, {
        metadata: { name: 'p', namespace: 'default' },
        spec: { nodeName: 'n', containers: containers.map((name) => ({ name, image: 'busybox' })) },
      } as KubernetesObject);
      await session.client.patch(
        PODS,
        { namespace: 'default', name: 'p' },
        {
          type: 'merge',
          body: {
            status: {
              phase: 'Running',
              containerStatuses: containers.map((name) => ({ name, state: { running: {} } })),
            },
          },
        },
        { subresource: 'status' },
      );
      return session;
    }
    const p = { namespace: 'default', name: 'p' };

    it('passes a log on, and wants a container named where there are several', async () => {
      const { client } = await running(['a', 'b']);
      expect(await text(await client.log(p, { container: 'b', tailLines: 3 }))).toBe('log of b, tail 3\n');
      const unnamed = await refusal(client.log(p));
      expect(unnamed).toMatchObject({
        code: 400,
        message: 'a container name must be specified for pod p, choose one of: [a b]',
      });
      const wrong = await refusal(client.log(p, { container: 'x' }));
      expect(wrong.message).toBe('container x is not valid for pod p');
    });

    it('says why a container has no log yet', async () => {
      const { client } = await running(['c']);
      const waiting = { name: 'c', state: { waiting: { reason: 'PodInitializing' } } };
      await client.patch(
        PODS,
        p,
        { type: 'merge', body: { status: { containerStatuses: [waiting] } } },
        { subresource: 'status' },
      );
      const refused = await refusal(client.log(p));
      expect(refused).toMatchObject({
        code: 400,
        message: 'container "c" in pod "p" is waiting to start: PodInitializing',
      });
    });

    it('runs a command: input to its end, both outputs, the exit code', async () => {
      const { client } = await running(['c']);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      const into = (chunks: Buffer[]) =>
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            chunks.push(chunk);
            done();
          },
        });
      const input = Buffer.alloc(3_000_000, 'abcdefg');
      const result = await client.exec(p, {
        command: ['cat', '7'],
        stdin: Readable.from([input.subarray(0, 1_000_000), input.subarray(1_000_000)], {
          objectMode: false,
        }),
        stdout: into(out),
        stderr: into(err),
      });
      expect(result.exitCode).toBe(7);
      expect(Buffer.concat(out).equals(input)).toBe(true);
      expect(Buffer.concat(err).toString()).toBe('done\n');
    });

    it('says why a command cannot run', async () => {
      const { client } = await running(['c']);
      const broken = await refusal(client.exec(p, { command: ['broken'] }));
      expect(broken.message).toContain('no such file: broken');
    });
  });
});
