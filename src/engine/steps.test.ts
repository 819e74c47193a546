import { describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, NAMESPACES } from '../kubernetes/resources.ts';
import { createApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import type { PhaseJournal } from './journal.ts';
import { createSteps, type Steps } from './steps.ts';

const journalOf = (more: Partial<PhaseJournal> = {}): PhaseJournal => ({
  name: 'p',
  index: 0,
  attempt: 1,
  startedAt: '2026-01-01T00:00:00Z',
  function: 'F',
  revision: 1,
  steps: {},
  intents: [],
  created: [],
  checkpoints: {},
  ...more,
});

const client = createClient(
  inProcessTransport(createApiServer({ clock: systemClock, random: Math.random })),
  { clock: systemClock },
);

function stepsOf(
  journal: PhaseJournal,
  commit: () => Promise<void>,
  {
    resumed = false,
    own = client,
    open = true,
    signal = new AbortController().signal,
  }: { resumed?: boolean; own?: KubernetesClient; open?: boolean; signal?: AbortSignal } = {},
): Steps {
  const owner = { namespace: 'kanister', name: 'as', uid: 'u' };
  const identity = { owner, action: '0/run', phase: '0/p', attempt: 1 };
  const gate = { open: () => open };
  return createSteps({
    journal,
    client: own,
    gate,
    clock: systemClock,
    identity,
    resumed,
    mayRepeat: false,
    onStep: () => undefined,
    onStale: () => undefined,
    signal,
    commit,
  });
}

describe('steps', () => {
  it('side by side wait until what came before them is stored', async () => {
    const journal = journalOf();
    const stored = Promise.withResolvers<void>();
    let begun = 0;
    const { step } = stepsOf(journal, () => stored.promise);
    await step('observe', () => Promise.resolve(1));
    const effects = ['a', 'b', 'c'].map((name) => step(name, () => Promise.resolve((begun += 1))));
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toBe(0);
    stored.resolve();
    expect(await Promise.all(effects)).toEqual([1, 2, 3]);
  });

  it('do not act when what came before them can’t be stored, also at the second try', async () => {
    let acted = false;
    const { step } = stepsOf(journalOf(), () => Promise.reject(new Error('not stored')));
    await step('observe', () => Promise.resolve(1));
    for (let i = 0; i < 2; i++) {
      await expect(step('act', () => Promise.resolve((acted = true)))).rejects.toThrow('not stored');
    }
    expect(acted).toBe(false);
  });

  it('do not act once the process may not any more, whatever they would act on', async () => {
    let acted = false;
    const { step } = stepsOf(journalOf(), () => Promise.resolve(), { open: false });
    await expect(step('delete', () => Promise.resolve((acted = true)))).rejects.toThrow('may change nothing');
    expect(acted).toBe(false);
  });

  it('return what they returned before the process was killed, without acting', async () => {
    const { step } = stepsOf(journalOf({ steps: { a: { result: 7 } } }), () => Promise.resolve(), {
      resumed: true,
    });
    expect(await step('a', () => Promise.reject(new Error('acted')))).toBe(7);
  });

  it('that can’t be repeated fail after a restart, and so does nothing that was not begun', async () => {
    const { step } = stepsOf(journalOf({ intents: ['begun'] }), () => Promise.resolve(), { resumed: true });
    const unrepeatable = { resume: 'unrepeatable' } as const;
    await expect(step('begun', () => Promise.resolve(1), unrepeatable)).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
    });
    expect(await step('not begun', () => Promise.resolve(1), unrepeatable)).toBe(1);
  });

  it('stand in the journal with what they have going on outside, from before they begin until they end by themselves', async () => {
    const journal = journalOf();
    const stored: unknown[] = [];
    const cut = new AbortController();
    const commit = async () => void stored.push(structuredClone(journal.outside));
    const { step } = stepsOf(journal, commit, { signal: cut.signal });
    const place = { outside: { directory: '/tmp/x' } };
    const storedBefore = await step('well', async () => stored.length, place);
    expect(storedBefore).toBe(1);
    expect(stored).toEqual([{ well: place.outside }]);
    expect(journal.outside).toEqual({});
    await expect(step('badly', () => Promise.reject(new Error('failed')), place)).rejects.toThrow('failed');
    expect(journal.outside).toEqual({});
    const goesOn = step('cut off', () => Promise.reject(cut.abort(new Error('cancelled'))), place);
    await expect(goesOn).rejects.toBeUndefined();
    expect(journal.outside).toEqual({ 'cut off': place.outside });
  });

  it('leave an object alone that somebody else gave the same name', async () => {
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } });
    const temporary = {
      type: CONFIG_MAPS,
      namespace: 'app',
      prefix: 'x-',
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
      } as KubernetesObject,
    };
    const first = journalOf();
    const { metadata } = await stepsOf(first, () => Promise.resolve()).createTemporary('c', temporary);
    const again = await stepsOf(journalOf(), () => Promise.resolve()).createTemporary('c', temporary);
    expect(again.metadata?.uid).toBe(metadata?.uid);
    const name = { name: metadata?.name ?? '', namespace: 'app' };
    await client.delete(CONFIG_MAPS, name);
    await expect(
      stepsOf(first, () => Promise.resolve(), { resumed: true }).createTemporary('c', temporary),
    ).rejects.toMatchObject({ reason: 'OutcomeUnknown' });
    await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: name });
    await expect(
      stepsOf(journalOf(), () => Promise.resolve()).createTemporary('c', temporary),
    ).rejects.toMatchObject({ reason: 'NameTaken' });
  });
});
