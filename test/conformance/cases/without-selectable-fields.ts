import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { openCluster } from '../clusters.ts';
import { conformanceCase } from '../conformance-case.ts';
import { createConversation } from '../conversation.ts';
import type { Answer, Conversation } from '../conversation.ts';
import { createDefinition } from '../custom-resource-of-case.ts';

// No cluster that is old enough is at hand to compare with, so these cases say themselves what must be.
const SANDBOX_ONLY = { sandboxOnly: true };

const COLOURED = {
  schema: {
    type: 'object',
    properties: { spec: { type: 'object', properties: { colour: { type: 'string' } } } },
  },
  version: { selectableFields: [{ jsonPath: '.spec.colour' }] },
};

/** A case on a sandbox of its own that knows no selectable fields; two things of it are there. */
function olderServerCase(name: string, act: (t: Conversation, path: string) => Promise<void>): void {
  const run = async (t: Conversation) => {
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const sandbox = await startSandbox({ folder, node: false, objectStore: false, selectableFields: false });
    t.after(() => sandbox.stop());
    const cluster = await openCluster(sandbox.kubeconfig, '127.0.0.1');
    t.after(() => cluster.close());
    const { conversation } = createConversation(cluster, t.token, []);
    const { path, type } = await createDefinition({ ...conversation, namespace: 'default' }, COLOURED);
    for (const colour of ['red', 'blue'])
      await conversation.post(path, { ...type, metadata: { name: colour }, spec: { colour } });
    await act(conversation, path);
  };
  conformanceCase('without-selectable-fields', name, run, SANDBOX_ONLY);
}

olderServerCase('a list by a field is refused', async (t, path) => {
  expectRefused(await t.get(`${path}?fieldSelector=spec.colour=red`));
});
olderServerCase('a watch and a deletion by a field are refused', async (t, path) => {
  expectRefused(await t.get(`${path}?watch=true&timeoutSeconds=1&fieldSelector=spec.colour=red`));
  expectRefused(await t.delete(`${path}?fieldSelector=spec.colour=red`));
  expectNames(await t.get(path), ['blue', 'red']);
});
olderServerCase('names are selected as ever', async (t, path) => {
  expectNames(await t.get(`${path}?fieldSelector=metadata.name=red`), ['red']);
  expectNames(await t.get(`${path}?fieldSelector=metadata.name!=red,metadata.namespace=default`), ['blue']);
});

function expectRefused({ status, object }: Answer): void {
  if (status !== 400 || object['message'] !== 'field label not supported: spec.colour')
    throw new Error(`answered with ${status}: ${JSON.stringify(object)}`);
}

function expectNames({ object }: Answer, names: string[]): void {
  const items = (object['items'] ?? []) as { metadata: { name: string } }[];
  const found = items.map(({ metadata }) => metadata.name);
  if (found.join() !== names.join()) throw new Error(`expected ${names.join()}, found ${found.join()}`);
}
