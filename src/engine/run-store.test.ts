import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, NAMESPACES } from '../kubernetes/resources.ts';
import { createApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import { Abandoned, Outdated } from './gate.ts';
import { decodeJournal, JOURNAL_ANNOTATION, newJournal, type Journal } from './journal.ts';
import { FINALIZER, RunStore } from './run-store.ts';

interface Status {
  state: string;
  note?: string;
}

const NAME = { name: 'run', namespace: 'default' };
type Run = KubernetesObject & { status?: Status };

describe('a run’s store', () => {
  let client: KubernetesClient;
  /** Every PUT, before it is sent: what it throws is thrown instead of sending. */
  let beforePut: (object: Run) => Promise<void>;
  let puts: number;

  beforeEach(async () => {
    const server = createApiServer({ clock: systemClock, random: Math.random });
    client = createClient(inProcessTransport(server), { clock: systemClock });
    await client
      .create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
      .catch(() => undefined);
    await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: NAME });
    beforePut = () => Promise.resolve();
    puts = 0;
  });

  const open = async (holder: string, base?: Journal) => {
    const object = await client.get<Run>(CONFIG_MAPS, NAME);
    const journal = base ?? newJournal(holder, 'key', new Date());
    const counting: KubernetesClient = {
      ...client,
      get: (type, name, options) => client.get(type, name, options),
      replace: async (type, put, options) => {
        puts += 1;
        await beforePut(put);
        return client.replace(type, put, options);
      },
    };
    return new RunStore<Status>(object, { state: 'running' }, journal, {
      client: counting,
      clock: systemClock,
      type: CONFIG_MAPS,
      signal: new AbortController().signal,
      finalizer: true,
      ...(base === undefined ? {} : { takenFrom: { ...base.claim } }),
    });
  };

  const resumed = async (holder: string) => {
    const { metadata } = await client.get(CONFIG_MAPS, NAME);
    const journal = decodeJournal(metadata?.annotations);
    if (journal === undefined) throw new Error('no journal');
    const takenFrom = { ...journal.claim };
    journal.claim = { epoch: takenFrom.epoch + 1, holder, sequence: 0 };
    const object = await client.get<Run>(CONFIG_MAPS, NAME);
    return new RunStore<Status>(object, { state: 'running' }, journal, {
      client,
      clock: systemClock,
      type: CONFIG_MAPS,
      signal: new AbortController().signal,
      finalizer: true,
      takenFrom,
    });
  };

  it('makes one write of what is committed while another write is under way', async () => {
    const store = await open('a');
    const chained = (async () => {
      await store.commit();
      await store.commit();
    })();
    await Promise.all([chained, store.commit(), store.commit()]);
    expect(puts).toBe(3);
  });

  it('writes nothing after the run has ended', async () => {
    const store = await open('a');
    await store.commit();
    const late = store.commit();
    await store.end();
    await late;
    const { metadata } = await client.get(CONFIG_MAPS, NAME);
    await expect(store.commit()).rejects.toBeInstanceOf(Abandoned);
    expect((await client.get(CONFIG_MAPS, NAME)).metadata?.resourceVersion).toBe(metadata?.resourceVersion);
    expect(metadata?.annotations).toBeUndefined();
    expect(metadata?.finalizers).toBeUndefined();
  });

  it('does not take a run over from what is no longer its last journal', async () => {
    const first = await open('a');
    await first.commit();
    const second = await resumed('b');
    // A write of the process before that arrives late: it holds an intent that the successor has not seen.
    await first.commit();
    await expect(second.commit()).rejects.toBeInstanceOf(Outdated);
    const { metadata } = await client.get(CONFIG_MAPS, NAME);
    expect(decodeJournal(metadata?.annotations)?.claim).toMatchObject({ holder: 'a', sequence: 2 });
  });

  it('takes a run over although somebody labelled its object in between', async () => {
    await (await open('a')).commit();
    const second = await resumed('b');
    const found = await client.get(CONFIG_MAPS, NAME);
    await client.replace(CONFIG_MAPS, { ...found, metadata: { ...found.metadata, labels: { x: 'y' } } });
    await second.commit();
    const { metadata } = await client.get(CONFIG_MAPS, NAME);
    expect(metadata?.labels).toEqual({ x: 'y' });
    expect(decodeJournal(metadata?.annotations)?.claim).toMatchObject({ epoch: 2, holder: 'b' });
  });

  it('stays abandoned, even if a later write could pass', async () => {
    const store = await open('a');
    await store.commit();
    beforePut = () => Promise.reject(new Abandoned('the gate is closed'));
    await expect(store.commit()).rejects.toBeInstanceOf(Abandoned);
    beforePut = () => Promise.resolve();
    await expect(store.commit()).rejects.toBeInstanceOf(Abandoned);
  });

  it('goes on when somebody has spoilt the annotation', async () => {
    const store = await open('a');
    await store.commit();
    const found = await client.get(CONFIG_MAPS, NAME);
    await client.replace(CONFIG_MAPS, {
      ...found,
      metadata: { ...found.metadata, annotations: { [JOURNAL_ANNOTATION]: 'spoilt' } },
    });
    await store.commit();
    const { metadata } = await client.get(CONFIG_MAPS, NAME);
    expect(decodeJournal(metadata?.annotations)?.claim.holder).toBe('a');
    expect(metadata?.finalizers).toEqual([FINALIZER]);
  });

  it('fails what no server takes, and does not send it for ever', async () => {
    const store = await open('a');
    store.status.note = 'x'.repeat(1_500_000);
    beforePut = () => Promise.reject(new ApiError(500, { message: 'etcdserver: request is too large' }));
    await expect(store.commit()).rejects.toMatchObject({ reason: 'ObjectTooLarge' });
    expect(puts).toBe(0);
  });

  it('knows its own write when the reply was lost, the first and the last one too', async () => {
    const store = await open('a');
    const loseReply = async (put: Run) => {
      beforePut = () => Promise.resolve();
      await client.replace(CONFIG_MAPS, put);
      throw new Error('connection reset');
    };
    beforePut = loseReply;
    await store.commit();
    expect(puts).toBe(1);
    store.status.state = 'complete';
    beforePut = loseReply;
    await store.end();
    const { metadata } = await client.get(CONFIG_MAPS, NAME);
    expect(metadata?.annotations).toBeUndefined();
  });
});
