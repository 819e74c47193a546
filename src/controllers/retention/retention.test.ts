import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failingClient, type Request } from '../../../test/support/failing-client.ts';
import { observedTransport } from '../../../test/support/observed-transport.ts';
import { steppedClock, type SteppedClock } from '../../../test/support/stepped-clock.ts';
import { RETENTION_LABEL } from '../../api/kanister/retention.ts';
import {
  ACTION_SETS,
  API_VERSION,
  BLUEPRINTS,
  type ActionSet,
  type ActionSetSpec,
  type ActionStatus,
  type Blueprint,
  type HistoryLimits,
} from '../../api/kanister/types.ts';
import { gatedClient } from '../../engine/gate.ts';
import { JOURNAL_ANNOTATION } from '../../engine/journal.ts';
import { FINALIZER } from '../../engine/run-store.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { ObjectMeta } from '../../kubernetes/objects.ts';
import { NAMESPACES } from '../../kubernetes/resources.ts';
import { installCrds } from '../../operator/install-crds.ts';
import { createApiServer, type ApiServer } from '../../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../sandbox/apiserver/in-process-transport.ts';
import { createRetention, type Retention } from './retention.ts';

const namespace = 'kanister';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ARTIFACTS = { dump: { keyValue: { path: 'backups/1' } } };

let server: ApiServer;
let client: KubernetesClient;
let clock: SteppedClock;
let log: { level: number; msg: string; [field: string]: unknown }[];
let running: { stop: () => Promise<void> }[];

beforeEach(async () => {
  server = createApiServer({ clock: systemClock, random: Math.random });
  const { transport, settled } = observedTransport(inProcessTransport(server));
  clock = steppedClock({ settled });
  log = [];
  running = [];
  client = createClient(transport, { clock });
  await client.create(NAMESPACES, { metadata: { name: namespace } });
  const patient = createClient(transport, { clock: systemClock });
  await installCrds(patient, systemClock, pino({ level: 'silent' }), new AbortController().signal);
});
afterEach(async () => {
  for (const { stop } of running) await stop();
  await client.close();
  server.stop();
  if (clock.sleeping > 0) throw new Error('a timer was left behind');
});

/** Starts what a leader runs, and stops what the leader before it ran. */
async function lead(own = client, namespaces: (string | undefined)[] = [namespace]): Promise<Retention> {
  for (const { stop } of running.splice(0)) await stop();
  const stop = new AbortController();
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const retention = createRetention({ client: own, clock, log: logger, namespaces });
  const ended = retention.run(stop.signal);
  running.push({
    async stop() {
      stop.abort(new Error('the test is over'));
      await ended;
    },
  });
  return retention;
}

interface Finished {
  /** Milliseconds from now until its end; null: nobody wrote it down. */
  completed?: number | null;
  state?: 'complete' | 'failed' | 'running';
  spec?: Omit<ActionSetSpec, 'actions'>;
  /** Name and object of each; of the Blueprint `db`. */
  actions?: [name: string, object: string][];
  artifacts?: ActionStatus['artifacts'];
  metadata?: ObjectMeta;
}

function finish(name: string, options: Finished = {}): Promise<ActionSet> {
  const { completed = 0, state = 'complete', spec, artifacts, metadata, actions = [['run', 'a']] } = options;
  const action = ([actionName, object]: [string, string]) => ({
    name: actionName,
    blueprint: 'db',
    object: { kind: 'Deployment', name: object, namespace: 'app' },
  });
  return client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace, labels: { [RETENTION_LABEL]: 'true' }, ...metadata },
    spec: { ...spec, actions: actions.map(action) },
    status: {
      state,
      error: { message: '' },
      progress: {},
      ...(state === 'running' || completed === null ? {} : { completionTime: at(completed) }),
      actions: actions.map((one) => ({
        ...action(one),
        phases: [{ name: 'p', state, progress: {} }],
        deferPhase: { name: '', state: '', progress: {} },
        ...(artifacts ? { artifacts } : {}),
      })),
    },
  });
}

function at(milliseconds: number): string {
  return new Date(clock.now().getTime() + milliseconds).toISOString();
}

function keep(history: Record<string, HistoryLimits | undefined>): Promise<Blueprint> {
  const actions = Object.entries(history).map(([name, limits]) => [name, limits ? { history: limits } : {}]);
  return client.create<Blueprint>(BLUEPRINTS, {
    metadata: { name: 'db', namespace },
    actions: Object.fromEntries(actions),
  });
}

async function names(): Promise<string[]> {
  const { items } = await client.list<ActionSet>(ACTION_SETS, { namespace });
  return items.map(({ metadata }) => metadata.name);
}

const warnings = () => log.filter(({ level }) => level === 40);

describe('ttlSecondsAfterFinished', () => {
  it('deletes a finished ActionSet when it is over and not before; 0 at once', async () => {
    const retention = await lead();
    retention.ended(await finish('later', { spec: { ttlSecondsAfterFinished: 300 } }));
    retention.ended(await finish('at-once', { spec: { ttlSecondsAfterFinished: 0 }, state: 'failed' }));
    await clock.advance(1_000);
    expect(await names()).toEqual(['later']);
    await clock.advance(298_000);
    expect(await names()).toEqual(['later']);
    await clock.advance(1_000);
    expect(await names()).toEqual([]);
    expect(log.filter(({ level }) => level === 30).map((line) => line['ActionSet'])).toEqual([
      'at-once',
      'later',
    ]);
  });

  it('keeps what is still needed: records of backups, runs, what bears no label, what ended at an unknown time', async () => {
    const spec = { ttlSecondsAfterFinished: 1 };
    const retention = await lead();
    const kept = [
      await finish('backup', { spec, artifacts: ARTIFACTS }),
      await finish('cleaned-up', { spec, metadata: { annotations: { [JOURNAL_ANNOTATION]: 'x' } } }),
      await finish('ended-once', { spec, completed: null }),
      await finish('held', { spec, metadata: { finalizers: [FINALIZER] } }),
      await finish('running', { spec, state: 'running' }),
      await finish('unlabelled', { spec, metadata: { labels: {} } }),
      await finish('without-ttl'),
    ];
    const gone = await finish('unwanted-backup', {
      spec: { ...spec, includeArtifacts: true },
      artifacts: ARTIFACTS,
    });
    for (const actionSet of [...kept, gone]) retention.ended(actionSet);
    await clock.advance(3 * HOUR);
    expect(await names()).toEqual(kept.map(({ metadata }) => metadata.name));
    expect(warnings()).toEqual([]);
  });

  it('is found by the next leader, whether it is over already or only in some hours', async () => {
    const retention = await lead();
    const spec = { ttlSecondsAfterFinished: 3 * 3_600 };
    retention.ended(await finish('soon', { spec, completed: -3 * HOUR + 2 * MINUTE }));
    retention.ended(await finish('late', { spec }));
    await finish('long-over', { spec, completed: -5 * HOUR });
    await lead();
    await clock.advance(MINUTE);
    expect(await names()).toEqual(['late', 'soon']);
    await clock.advance(MINUTE);
    expect(await names()).toEqual(['late']);
    await clock.advance(2 * HOUR);
    expect(await names()).toEqual(['late']);
    await clock.advance(HOUR);
    expect(await names()).toEqual([]);
  });

  it('counts as it stands when it is over: neither one that was raised, nor another ActionSet of the name, is deleted', async () => {
    const spec = { ttlSecondsAfterFinished: 60 };
    let isFirst = true;
    const changing: KubernetesClient = {
      ...client,
      async delete(type, object, options) {
        // Between the last look and the delete.
        if (isFirst) await raise('raised');
        isFirst = false;
        return client.delete(type, object, options);
      },
    };
    const raise = (name: string) =>
      client.patch(
        ACTION_SETS,
        { name, namespace },
        {
          type: 'merge',
          body: { spec: { ttlSecondsAfterFinished: 3_600 } },
        },
      );
    const retention = await lead(changing);
    retention.ended(await finish('raised', { spec }));
    retention.ended(await finish('renewed', { spec }));
    await client.delete(ACTION_SETS, { name: 'renewed', namespace });
    await finish('renewed', { spec: {} });
    await clock.advance(30 * MINUTE);
    expect(isFirst).toBe(false);
    expect(await names()).toEqual(['raised', 'renewed']);
    await clock.advance(2 * HOUR);
    expect(await names()).toEqual(['renewed']);
  });

  it('waits for the ActionSet that is to continue from a failed one', async () => {
    const retention = await lead();
    const next = await finish('next', { state: 'running', spec: { continueFrom: 'broken' } });
    retention.ended(await finish('broken', { state: 'failed', spec: { ttlSecondsAfterFinished: 10 } }));
    await clock.advance(2 * HOUR);
    expect(await names()).toEqual(['broken', 'next']);
    await client.delete(ACTION_SETS, { name: next.metadata.name, namespace });
    await clock.advance(HOUR);
    expect(await names()).toEqual([]);
  });
});

describe('the history of a Blueprint’s action', () => {
  it('keeps the newest of each object, failed ones apart, soon after one more has ended', async () => {
    await keep({ run: { successful: 2, failed: 1 }, other: undefined });
    const retention = await lead();
    for (const minute of [1, 2, 3]) {
      await finish(`a-${minute}`, { completed: minute * MINUTE });
      await finish(`a-failed-${minute}`, { completed: minute * MINUTE, state: 'failed' });
      await finish(`other-${minute}`, { completed: minute * MINUTE, actions: [['other', 'a']] });
    }
    await finish('b-1', { completed: -HOUR, actions: [['run', 'b']] });
    await finish('backup', { completed: -HOUR, artifacts: ARTIFACTS });
    await clock.advance(MINUTE);
    const kept = ['a-2', 'a-3', 'a-failed-3', 'b-1', 'backup', 'other-1', 'other-2', 'other-3'];
    expect((await names()).toSorted()).toEqual(kept);
    retention.ended(await finish('a-4', { completed: 4 * MINUTE }));
    await clock.advance(MINUTE);
    expect((await names()).toSorted()).toEqual(['a-3', 'a-4', ...kept.slice(2)]);
  });

  it('takes an ActionSet of several actions only when it is too old for each of them', async () => {
    await keep({ run: { successful: 1 }, other: { successful: 1 }, free: undefined });
    await lead(client, [undefined]);
    await finish('both-old', {
      actions: [
        ['run', 'a'],
        ['other', 'a'],
      ],
    });
    await finish('other-newest', {
      completed: 1_000,
      actions: [
        ['run', 'a'],
        ['other', 'a'],
      ],
    });
    await finish('free', {
      actions: [
        ['run', 'a'],
        ['free', 'a'],
      ],
    });
    await finish('run-newest', { completed: 2_000 });
    await clock.advance(MINUTE);
    expect(await names()).toEqual(['free', 'other-newest', 'run-newest']);
  });

  it('is that of the Blueprint as it is now: limits count when they change, and without it all are kept', async () => {
    await keep({ run: { successful: 1 } });
    await lead();
    await finish('old');
    await finish('backup', { completed: 1_000, artifacts: ARTIFACTS });
    await finish('new', { completed: 2_000 });
    await client.delete(BLUEPRINTS, { name: 'db', namespace });
    await clock.advance(MINUTE);
    expect(await names()).toEqual(['backup', 'new', 'old']);
    await keep({ run: { successful: 1, includeArtifacts: true } });
    await clock.advance(HOUR);
    expect(await names()).toEqual(['new']);
  });

  it('never takes a new ActionSet for an old one of its name', async () => {
    await keep({ run: { successful: 1 } });
    let isFirst = true;
    await lead({
      ...client,
      async get(type, object, options) {
        // Between the list and the delete.
        if (isFirst && type === ACTION_SETS) {
          isFirst = false;
          await client.delete(ACTION_SETS, { name: 'again', namespace });
          await finish('again', { completed: HOUR });
        }
        return client.get(type, object, options);
      },
    });
    await finish('again');
    await finish('new', { completed: 1_000 });
    await clock.advance(MINUTE);
    expect(isFirst).toBe(false);
    expect(await names()).toEqual(['again', 'new']);
  });

  it('costs one read for each Blueprint that keeps none', async () => {
    await keep({ run: undefined });
    const requests: string[] = [];
    const counting: KubernetesClient = {
      ...client,
      get: (type, object, options) => {
        requests.push(`get ${type.resource}`);
        return client.get(type, object, options);
      },
      list: (type, options) => {
        requests.push(`list ${type.resource}`);
        return client.list(type, options);
      },
    };
    const retention = await lead(counting);
    await clock.advance(MINUTE);
    expect(requests.splice(0)).toEqual(['list actionsets']);
    for (const name of ['one', 'two', 'three']) {
      retention.ended(await finish(name, { spec: { ttlSecondsAfterFinished: 36_000 } }));
    }
    await clock.advance(MINUTE);
    expect(requests).toEqual(['get blueprints']);
  });
});

describe('the deletion of finished ActionSets', () => {
  const refuse = (code: number, reason: string, counts: { tries: number; times: number }) =>
    failingClient(client, ({ verb }: Request) => {
      if (verb !== 'delete') return undefined;
      counts.tries += 1;
      return counts.tries > counts.times ? undefined : { error: new ApiError(code, { code, reason }) };
    });

  it('is given up for an hour where it is forbidden, with one warning', async () => {
    const counts = { tries: 0, times: 2 };
    const retention = await lead(refuse(403, 'Forbidden', counts));
    const spec = { ttlSecondsAfterFinished: 0 };
    retention.ended(await finish('one', { spec }));
    await clock.advance(MINUTE);
    retention.ended(await finish('two', { spec }));
    await clock.advance(58 * MINUTE);
    expect(counts.tries).toBe(1);
    expect(await names()).toEqual(['one', 'two']);
    await clock.advance(10 * HOUR);
    expect(await names()).toEqual([]);
    expect(warnings().map(({ msg }) => msg)).toEqual([expect.stringContaining('grant')]);
  });

  it('is tried again, less and less often, while the API server is in trouble', async () => {
    const counts = { tries: 0, times: 4 };
    const retention = await lead(refuse(500, 'InternalError', counts));
    retention.ended(await finish('one', { spec: { ttlSecondsAfterFinished: 0 } }));
    await clock.advance(10 * MINUTE);
    expect(counts.tries).toBe(5);
    expect(await names()).toEqual([]);
    const pauses = warnings().map((line) => line['secondsUntilNextTry']);
    expect(pauses).toEqual([10, 20, 40, 80]);
  });

  it('ends with the leadership', async () => {
    let open = true;
    const retention = await lead(gatedClient(client, { open: () => open }));
    retention.ended(await finish('one', { spec: { ttlSecondsAfterFinished: 60 } }));
    await clock.advance(1_000);
    open = false;
    await clock.advance(HOUR);
    expect(await names()).toEqual(['one']);
    expect(warnings()).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });
});
