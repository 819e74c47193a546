import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiServer } from '../sandbox/apiserver/api-server.ts';
import type { ApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import type { KubernetesClient } from './client.ts';
import { systemClock } from './clock.ts';
import { createClient } from './create-client.ts';
import { listSelected, type ListSelectedOptions, type ListSelection } from './list-selected.ts';
import { listWatch } from './list-watch.ts';
import type { KubernetesObject, ResourceType } from './objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from './resources.ts';
import type { TransportRequest } from './transport.ts';

interface Widget extends KubernetesObject {
  status?: { state: string };
}

const WIDGETS: ResourceType = {
  group: 'example.com',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

const UNFINISHED: ListSelection<Widget> = {
  fieldSelector: 'status.state!=done',
  matches: ({ status }) => status?.state !== 'done',
  column: { name: 'State', matches: (cell) => cell !== 'done' },
};

const definition = (columns: object[]) => ({
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { status: { type: 'object', properties: { state: { type: 'string' } } } },
          },
        },
        additionalPrinterColumns: columns,
        selectableFields: [{ jsonPath: '.status.state' }],
      },
    ],
  },
});

const COLUMNS = [
  { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
  { name: 'State', type: 'string', jsonPath: '.status.state' },
];

describe('what is wanted of many objects', () => {
  let server: ApiServer;
  let client: KubernetesClient;
  /** Of somebody else, who is not watched. */
  let direct: KubernetesClient;
  /** What was asked, in the words of `line`. */
  let requests: string[];
  /** Told of each request before the server is. */
  let before: (request: TransportRequest) => Promise<void>;
  const ends: (() => Promise<void> | void)[] = [];

  async function serve({ selectable = false, columns = COLUMNS, tables = true } = {}) {
    server = createApiServer({ clock: systemClock, random: Math.random, selectableFields: selectable });
    const transport = inProcessTransport(server);
    direct = createClient(transport, { clock: systemClock });
    client = createClient(
      {
        ...transport,
        async send(request) {
          requests.push(line(request));
          await before(request);
          // An Accept header that nothing matches is refused as one for Tables is where there are none.
          const wantsTable = request.headers?.['accept']?.includes('Table') === true;
          const refused = { ...request, headers: { accept: 'application/vnd.unknown' } };
          return transport.send(wantsTable && !tables ? refused : request);
        },
      },
      { clock: systemClock },
    );
    ends.push(() => client.close(), server.stop);
    await client.create<KubernetesObject & { spec: object }>(
      CUSTOM_RESOURCE_DEFINITIONS,
      definition(columns),
    );
    for (const name of ['one', 'two']) await client.create(NAMESPACES, { metadata: { name } });
  }

  async function fill(namespace: string, states: Record<string, string | undefined>) {
    for (const [name, state] of Object.entries(states)) {
      await client.create<Widget>(WIDGETS, {
        metadata: { name, namespace },
        ...(state !== undefined && { status: { state } }),
      });
    }
    requests.length = 0;
  }

  const list = (more: Partial<ListSelectedOptions<Widget>> = {}) =>
    listSelected(client, WIDGETS, {
      signal: new AbortController().signal,
      pageSize: 2,
      select: UNFINISHED,
      namespace: 'one',
      ...more,
    });

  const names = async (more: Partial<ListSelectedOptions<Widget>> = {}) =>
    (await list(more)).items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);

  beforeEach(() => {
    requests = [];
    before = () => Promise.resolve();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  const MANY = { a: 'done', b: 'busy', c: 'done', d: 'done', e: undefined, f: 'done' };

  it('is selected by the server where it can', async () => {
    await serve({ selectable: true });
    await fill('one', MANY);
    expect(await names()).toEqual(['one/b', 'one/e']);
    expect(requests).toEqual(['GET widgets limit=2 fieldSelector=status.state!=done']);
  });

  it('is found in Tables without objects where the server does not select, and only it is read', async () => {
    await serve();
    await fill('one', MANY);
    await fill('two', { z: 'busy' });
    expect(await names()).toEqual(['one/b', 'one/e']);
    expect(requests).toEqual([
      'GET widgets limit=2 fieldSelector=status.state!=done',
      'GET widgets Table includeObject=None',
      'GET b',
      'GET e',
    ]);
  });

  it('is found in all namespaces, page by page, by the metadata of the rows', async () => {
    await serve();
    await fill('two', { same: 'busy', other: 'done' });
    await fill('one', { same: 'busy', first: 'done', last: 'done' });
    expect(await names({ pageSize: 1, namespace: '' })).toEqual(['one/same', 'two/same']);
    expect(requests.slice(1, 3)).toEqual([
      'GET widgets limit=4 Table includeObject=Metadata',
      'GET widgets limit=4 Table includeObject=Metadata continue',
    ]);
  });

  it('is without what was deleted or finished since the Table was made', async () => {
    await serve();
    await fill('one', { a: 'busy', b: 'busy', c: 'busy' });
    const change = async () => {
      const finished = await direct.get<Widget>(WIDGETS, { name: 'c', namespace: 'one' });
      await direct.replace<Widget>(WIDGETS, { ...finished, status: { state: 'done' } });
      await direct.delete(WIDGETS, { name: 'a', namespace: 'one' });
    };
    let changed: Promise<void> | undefined;
    before = async ({ path }) => {
      if (/\/[abc]$/.test(path)) await (changed ??= change());
    };
    expect(await names()).toEqual(['one/b']);
  });

  it('is of one moment: pages that expire are listed anew, as a whole', async () => {
    await serve();
    const state = (index: number) => (index === 4 ? 'busy' : 'done');
    await fill(
      'one',
      Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`w${index}`, state(index)])),
    );
    before = async (request) => {
      if (!line(request).endsWith('continue')) return;
      await direct.create<Widget>(WIDGETS, { metadata: { name: 'late', namespace: 'one' } });
      server.compact();
    };
    expect(await names({ pageSize: 1, namespace: '' })).toEqual(['one/late', 'one/w4']);
    expect(requests).toEqual([
      'GET widgets limit=1 fieldSelector=status.state!=done',
      'GET widgets limit=4 Table includeObject=Metadata',
      'GET widgets limit=4 Table includeObject=Metadata continue',
      'GET widgets Table includeObject=Metadata',
      'GET late',
      'GET w4',
    ]);
  });

  it.each([
    ['no Tables are served', { tables: false }],
    ['the Tables have no such column', { columns: [] }],
  ])('is picked from the whole list, page by page, where %s', async (_where, without) => {
    await serve(without);
    await fill('one', MANY);
    expect(await names()).toEqual(['one/b', 'one/e']);
    expect(requests.slice(-3)).toEqual([
      'GET widgets limit=2',
      'GET widgets limit=2 continue',
      'GET widgets limit=2 continue',
    ]);
  });

  it('is read by a bounded number of requests at a time', async () => {
    await serve();
    const busy = Array.from({ length: 60 }, (_, index) => [`w${100 + index}`, 'busy'] as const);
    await fill('one', Object.fromEntries(busy));
    let reading = 0;
    let most = 0;
    before = async ({ path }) => {
      if (!/\/w\d+$/.test(path)) return;
      reading += 1;
      most = Math.max(most, reading);
      await systemClock.sleep(1);
      reading -= 1;
    };
    expect(await names({ pageSize: 500 })).toEqual(busy.map(([name]) => `one/${name}`));
    expect(most).toBe(16);
  });

  it('never goes back: a watch does not tell again what was before the object was read', async () => {
    await serve();
    await fill('one', { a: 'busy' });
    const write = async (state: string) => {
      const found = await client.get<Widget>(WIDGETS, { name: 'a', namespace: 'one' });
      await client.replace<Widget>(WIDGETS, { ...found, status: { state } });
    };
    before = async ({ path }) => {
      if (!path.endsWith('/a')) return;
      before = () => Promise.resolve();
      await write('second');
      await write('third');
    };
    const stop = new AbortController();
    const told: string[] = [];
    const events = listWatch<Widget>(client, WIDGETS, {
      clock: systemClock,
      random: () => 0,
      signal: stop.signal,
      namespace: 'one',
      select: UNFINISHED,
    });
    for await (const event of events) {
      const objects = event.type === 'sync' ? event.items : [event.object];
      told.push(`${event.type} ${objects.map(({ status }) => status?.state).join()}`);
      if (event.type === 'sync') await write('fourth');
      else stop.abort();
    }
    expect(told).toEqual(['sync third', 'modified fourth']);
  });
});

/** `GET widgets limit=2 Table continue`: the end of the path and what matters of the query. */
function line({ method, path, query = [], headers }: TransportRequest): string {
  const parts = query.map(([name, value]) => (name === 'continue' ? name : `${name}=${value}`));
  const isTable = headers?.['accept']?.includes('as=Table') === true;
  const limit = parts.filter((part) => part.startsWith('limit'));
  const rest = parts.filter((part) => !part.startsWith('limit'));
  return [method, path.split('/').at(-1), ...limit, ...(isTable ? ['Table'] : []), ...rest].join(' ');
}
