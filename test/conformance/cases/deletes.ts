import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';

const pathIn = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/secrets`;
const secret = (name: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...metadata },
});
const options = (fields: object) => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...fields });

conformanceCase('preconditions', 'another uid', async (t) => {
  await t.post(pathIn(t), secret('a'));
  await t.delete(`${pathIn(t)}/a`, options({ preconditions: { uid: 'another' } }));
});

conformanceCase('preconditions', 'another version', async (t) => {
  await t.post(pathIn(t), secret('a'));
  const { status, object } = await t.quietly(() =>
    t.delete(`${pathIn(t)}/a`, options({ preconditions: { resourceVersion: '1' } })),
  );
  t.note('error', {
    status,
    ...object,
    message: String(object.message).replace(/record \(\d+\)/, 'record (N)'),
  });
});

conformanceCase('preconditions', 'the right uid and version', async (t) => {
  const { object } = await t.post(pathIn(t), secret('a'));
  const { uid, resourceVersion } = object.metadata;
  await t.delete(`${pathIn(t)}/a`, options({ preconditions: { uid, resourceVersion } }));
  await t.delete(`${pathIn(t)}/a`);
});

conformanceCase('preconditions', 'options that cannot be', async (t) => {
  await t.post(pathIn(t), secret('a'));
  await t.delete(`${pathIn(t)}/a`, options({ propagationPolicy: 'Bogus' }));
  await t.delete(`${pathIn(t)}/a`, options({ propagationPolicy: 'Orphan', orphanDependents: true }));
  await t.delete(`${pathIn(t)}/a`, options({ dryRun: ['Some'] }));
  await t.delete(`${pathIn(t)}/a?gracePeriodSeconds=abc`);
  await t.delete(`${pathIn(t)}/a?propagationPolicy=Bogus`);
  await t.delete(`${pathIn(t)}/a`, { kind: 'Secret', apiVersion: 'v1' });
});

async function left(t: Conversation): Promise<void> {
  const { object } = await t.quietly(() => t.get(pathIn(t)));
  const items = (object.items ?? []) as {
    metadata: { name: string; finalizers?: string[]; deletionTimestamp?: string };
  }[];
  t.note(
    'left',
    items.map(({ metadata: { name, finalizers, deletionTimestamp } }) => ({
      name,
      finalizers,
      deletionTimestamp,
    })),
  );
}

conformanceCase('deletecollection', 'what a selector finds', async (t) => {
  for (const name of ['a', 'b']) await t.quietly(() => t.post(pathIn(t), secret(name, { labels: { name } })));
  const { status, object } = await t.quietly(() => t.delete(`${pathIn(t)}?labelSelector=name%3Da`));
  t.note('deleted', { status, kind: object.kind, items: object.items });
  await left(t);
});

conformanceCase('deletecollection', 'what finalizers hold', async (t) => {
  await t.quietly(() => t.post(pathIn(t), secret('a', { finalizers: ['example.com/hold'] })));
  t.after(() => t.quietly(() => t.patch(`${pathIn(t)}/a`, 'merge', { metadata: { finalizers: null } })));
  const { status, object } = await t.quietly(() => t.delete(pathIn(t)));
  const items = object.items as { metadata: { resourceVersion?: string } }[];
  t.note('deleted', {
    status,
    items: items.map(({ metadata: { resourceVersion: _version, ...rest } }) => rest),
  });
  await left(t);
});

conformanceCase('deletecollection', 'with options that cannot be', async (t) => {
  await t.quietly(() => t.post(pathIn(t), secret('a')));
  await t.delete(`${pathIn(t)}?labelSelector=a%20b`);
  await t.delete(`${pathIn(t)}?propagationPolicy=Bogus`);
  const { status } = await t.quietly(() => t.delete(`${pathIn(t)}?dryRun=All`));
  t.note('dry run', status);
  await left(t);
});

for (const policy of ['Foreground', 'Orphan', 'Background']) {
  conformanceCase('delete-propagation', `${policy}, of an object that finalizers hold`, async (t) => {
    await t.quietly(() => t.post(pathIn(t), secret('a', { finalizers: ['example.com/hold'] })));
    t.after(() => t.quietly(() => t.patch(`${pathIn(t)}/a`, 'merge', { metadata: { finalizers: null } })));
    const { object, status } = await t.quietly(() =>
      t.delete(`${pathIn(t)}/a`, options({ propagationPolicy: policy })),
    );
    const { finalizers, deletionGracePeriodSeconds } = object.metadata;
    t.note('deleted', {
      status,
      finalizers: [...((finalizers ?? []) as string[])].toSorted(),
      deletionGracePeriodSeconds,
    });
  });
}

conformanceCase('delete-propagation', 'of a Job, where nothing was asked for', async (t) => {
  const path = `/apis/batch/v1/namespaces/${t.namespace}/jobs`;
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36' }] } };
  await t.quietly(() =>
    t.post(path, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a' },
      spec: { suspend: true, template },
    }),
  );
  const { status, headers, object } = await t.quietly(() => t.delete(`${path}/a`));
  t.note('deleted', { status, warning: headers.warning, finalizers: object.metadata.finalizers });
});

conformanceCase('delete-propagation', 'in a dry run, and a policy that there is not', async (t) => {
  await t.quietly(() => t.post(pathIn(t), secret('a')));
  await t.delete(`${pathIn(t)}/a`, options({ propagationPolicy: 'Foreground', dryRun: ['All'] }));
  await t.delete(`${pathIn(t)}/a`, options({ propagationPolicy: 'foreground' }));
  await t.get(`${pathIn(t)}/a`);
});

conformanceCase('dry-run', 'of a create', async (t) => {
  await t.post(`${pathIn(t)}?dryRun=All`, secret('a'));
  await t.get(`${pathIn(t)}/a`);
});

conformanceCase('dry-run', 'of changes', async (t) => {
  await t.post(pathIn(t), secret('a'));
  await t.put(`${pathIn(t)}/a?dryRun=All`, { ...secret('a'), data: { x: 'MQ==' } });
  await t.patch(`${pathIn(t)}/a?dryRun=All`, 'merge', { data: { x: 'MQ==' } });
  await t.get(`${pathIn(t)}/a`);
});

conformanceCase('dry-run', 'of a delete', async (t) => {
  await t.post(pathIn(t), secret('a'));
  await t.delete(`${pathIn(t)}/a?dryRun=All`);
  await t.get(`${pathIn(t)}/a`);
});

conformanceCase('dry-run', 'of a kind that there is not', async (t) => {
  await t.post(`${pathIn(t)}?dryRun=Some`, secret('a'));
  await t.patch(`${pathIn(t)}/a?dryRun=Some`, 'merge', {});
  await t.delete(`${pathIn(t)}/a?dryRun=Some`);
});
