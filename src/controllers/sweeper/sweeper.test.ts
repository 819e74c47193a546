import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observedTransport } from '../../../test/support/observed-transport.ts';
import { steppedClock, type SteppedClock } from '../../../test/support/stepped-clock.ts';
import { kanisterCrds } from '../../api/kanister/crds.ts';
import { ACTION_SETS, API_VERSION, type ActionSet } from '../../api/kanister/types.ts';
import { JOURNAL_ANNOTATION } from '../../engine/journal.ts';
import { ownedBy } from '../../engine/ownership.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient, ListOptions } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { KubernetesObject, ObjectMeta, ResourceType } from '../../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, PODS } from '../../kubernetes/resources.ts';
import { createApiServer, type ApiServer } from '../../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../sandbox/apiserver/in-process-transport.ts';
import { createSweeper, type Sweeper } from './sweeper.ts';

const MINUTE = 60_000;
const AFTER = 10 * MINUTE;

let server: ApiServer;
let client: KubernetesClient;
let clock: SteppedClock;
let log: string[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  server = createApiServer({ clock: systemClock, random: Math.random });
  const { transport, settled } = observedTransport(inProcessTransport(server));
  clock = steppedClock({ start: new Date(), settled });
  log = [];
  stop = new AbortController();
  running = Promise.resolve();
  client = createClient(transport, { clock });
  for (const name of ['kanister', 'app', 'other']) await client.create(NAMESPACES, { metadata: { name } });
  for (const crd of kanisterCrds) await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
});
afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  await client.close();
  server.stop();
  if (clock.sleeping > 0) throw new Error('a timer was left behind');
});

function start({ own = client, watched = ['kanister'], after = AFTER }: Partial<StartOptions> = {}): Sweeper {
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
  const sweeper = createSweeper({ client: own, clock, log: logger, namespace: 'kanister', watched, after });
  running = sweeper.run(stop.signal);
  return sweeper;
}

function actionSet(name: string, more: Pick<ActionSet, 'status'> = {}, metadata: ObjectMeta = {}) {
  return client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace: 'kanister', ...metadata },
    spec: { actions: [] },
    ...more,
  });
}

const ended = (state: 'complete' | 'failed') => ({
  status: { state, error: { message: '' }, progress: {}, actions: [] },
});

interface StartOptions {
  own: KubernetesClient;
  watched: (string | undefined)[];
  after: number;
}

/** A pod as KubeTask makes it, of the run of an ActionSet. */
async function pod(
  name: string,
  owner: { metadata: ObjectMeta },
  { namespace = 'app', ...more }: ObjectMeta = {},
) {
  const { namespace: home = '', name: of = '', uid = '' } = owner.metadata;
  const made: KubernetesObject & { spec: object } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { createdBy: 'kanister' },
      annotations: ownedBy({ namespace: home, name: of, uid }, 'pod'),
      ...more,
    },
    spec: { containers: [{ name: 'container', image: 'busybox' }] },
  };
  await client.create(PODS, made);
}

const pods = async () => (await client.list(PODS)).items.map(({ metadata }) => metadata?.name);

describe('what runs have left over', () => {
  it('is removed when its ActionSet has ended, is gone, or is another one of its name', async () => {
    await pod('of-complete', await actionSet('complete', ended('complete')));
    await pod('of-failed', await actionSet('failed', ended('failed')));
    await pod('of-gone', { metadata: { namespace: 'kanister', name: 'gone', uid: 'u-1' } });
    const { metadata } = await actionSet('again');
    await pod('of-predecessor', { metadata: { ...metadata, uid: 'u-2' } });
    await pod('of-successor', { metadata });
    start();
    await clock.advance(AFTER - MINUTE);
    expect(await pods()).toHaveLength(5);
    await clock.advance(2 * MINUTE);
    expect(await pods()).toEqual(['of-successor']);
    expect(log.filter((line) => line.includes('"ActionSet":"kanister/gone"'))).toHaveLength(1);
  });

  it('is only what is left over: runs that go on, foreign pods and those of other operators stay', async () => {
    await pod('running', await actionSet('running', {}, {}));
    const journal = { annotations: { [JOURNAL_ANNOTATION]: 'x' } };
    await pod('cleaning-up', await actionSet('cleaning-up', ended('failed'), journal));
    const gone = { metadata: { namespace: 'kanister', name: 'gone', uid: 'u-1' } };
    await pod('of-the-original', gone, { annotations: {} });
    await pod('without-label', gone, { labels: {} });
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r-1' }];
    await pod('of-a-replica-set', gone, { ownerReferences });
    await pod('of-another-operator', { metadata: { namespace: 'other', name: 'gone', uid: 'u-3' } });
    const before = await pods();
    start();
    await clock.advance(3 * AFTER);
    expect(await pods()).toEqual(before);
    expect(log).toEqual([]);
  });

  it('may be in any namespace where an operator watches all of them', async () => {
    await pod('elsewhere', { metadata: { namespace: 'other', name: 'gone', uid: 'u-3' } });
    start({ watched: [undefined] });
    await clock.advance(2 * AFTER);
    expect(await pods()).toEqual([]);
  });

  it('is looked for where listing is allowed: in the own namespace, and where runs have made pods', async () => {
    const gone = { metadata: { namespace: 'kanister', name: 'gone', uid: 'u-1' } };
    await pod('own', gone, { namespace: 'kanister' });
    await pod('used', gone, { namespace: 'app' });
    await pod('unused', gone, { namespace: 'other' });
    const sweeper = start({ own: listing(({ namespace }) => namespace !== undefined) });
    sweeper.madeIn('app');
    await clock.advance(3 * AFTER);
    expect(await pods()).toEqual(['unused']);
    // Said once.
    expect(log.filter((line) => line.includes('may not be listed'))).toHaveLength(1);
  });

  it('stays where nothing may be listed, and where that is wished', async () => {
    const gone = { metadata: { namespace: 'kanister', name: 'gone', uid: 'u-1' } };
    await pod('left', gone);
    start({ own: listing(() => false) });
    await clock.advance(3 * AFTER);
    stop.abort(new Error('another one follows'));
    await running;
    stop = new AbortController();
    start({ after: 0 });
    await clock.advance(3 * AFTER);
    expect(await pods()).toEqual(['left']);
  });

  it('stays while ActionSets can’t be read, be it that they are not served at the moment', async () => {
    await pod('left', { metadata: { namespace: 'kanister', name: 'gone', uid: 'u-1' } });
    const answers = [new ApiError(404, { message: '404 page not found' }), new ApiError(500, {})];
    const own: KubernetesClient = {
      ...client,
      get: (type, object, options) => {
        const error = type.resource === 'actionsets' ? answers.shift() : undefined;
        return error ? Promise.reject(error) : client.get(type, object, options);
      },
    };
    start({ own });
    await clock.advance(AFTER + 2 * MINUTE);
    expect(await pods()).toEqual(['left']);
    await clock.advance(AFTER);
    expect(await pods()).toEqual(['left']);
    await clock.advance(AFTER);
    expect(await pods()).toEqual([]);
    expect(log.filter((line) => line.includes('trying again later'))).toHaveLength(2);
  });
});

/** A client that may list pods only where `allowed` says so. */
function listing(allowed: (options: ListOptions) => boolean): KubernetesClient {
  return {
    ...client,
    list: (type: ResourceType, options: ListOptions = {}) => {
      if (type === PODS && !allowed(options)) {
        const message = 'pods is forbidden: User "operator" cannot list resource "pods"';
        return Promise.reject(new ApiError(403, { reason: 'Forbidden', message }));
      }
      return client.list(type, options);
    },
  };
}
