import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionSet, Blueprint } from '../api/kanister/types.ts';
import { decodeJournal, JOURNAL_ANNOTATION } from '../engine/journal.ts';
import { JOURNAL_PART_LABEL } from '../engine/journal-parts.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { CONFIG_MAPS } from '../kubernetes/resources.ts';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo, wait } from '../../test/support/functions.ts';

const functions = [echo, wait];
const OBJECT = { apiVersion: 'v1', resource: 'configmaps', name: 'large', namespace: 'app' };
const BLUEPRINT: Blueprint['actions'] = {
  run: {
    phases: [
      { func: 'Sleep', name: 'one', args: { milliseconds: 150 } },
      { func: 'Echo', name: 'two', args: { value: '{{ .Object.data.random | trunc 8 }}' } },
    ],
  },
};

describe('a run that depends on more than fits comfortably into its annotation', () => {
  let bed: OperatorBed;
  /** Does not become smaller by packing. */
  let random: string;
  beforeEach(async () => {
    bed = await createOperatorBed();
    random = randomBytes(90_000).toString('base64');
  });
  afterEach(() => bed.close());

  const makeObject = (data: string) =>
    bed.client.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: OBJECT.name, namespace: OBJECT.namespace },
      data: { random: data },
    } as never);
  const parts = async () => {
    const { items } = await bed.client.list(CONFIG_MAPS, {
      namespace: 'kanister',
      labelSelector: JOURNAL_PART_LABEL,
    });
    return items;
  };
  const isRunning = ({ status }: ActionSet) => status?.state === 'running';

  it('keeps it in an immutable ConfigMap, goes on from there, and removes it at its end', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', BLUEPRINT);
    await makeObject(random);
    await bed.createActionSet('as', { blueprint: 'bp', object: OBJECT });
    const running = await bed.actionSet('as', isRunning);
    expect(running.metadata.annotations?.[JOURNAL_ANNOTATION]?.length).toBeLessThan(4_096);
    const [part] = await parts();
    expect(part).toMatchObject({ immutable: true, metadata: { ownerReferences: [{ name: 'as' }] } });
    expect(decodeJournal(running.metadata.annotations)?.parts?.[0]?.uid).toBe(part?.metadata?.uid);
    await first.stop();
    // pins: what it has become since does not matter.
    await bed.client.patch(CONFIG_MAPS, OBJECT, { type: 'merge', body: { data: { random: 'changed' } } });
    bed.start({ functions });
    const ended = await bed.actionSet('as');
    expect(ended.status?.actions[0]?.phases[1]?.output).toEqual({ value: random.slice(0, 8) });
    await expect.poll(parts).toEqual([]);
  });

  it('fails when the ConfigMap is gone before it could go on from there', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', BLUEPRINT);
    await makeObject(random);
    await bed.createActionSet('as', { blueprint: 'bp', object: OBJECT });
    await bed.actionSet('as', isRunning);
    await first.stop();
    const [part] = await parts();
    await bed.client.delete(CONFIG_MAPS, { name: part?.metadata?.name ?? '', namespace: 'kanister' });
    bed.start({ functions });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('and it is gone');
  });

  it('keeps it in the annotation where ConfigMaps may not be created, as far as there is room', async () => {
    const forbidden: KubernetesClient = {
      ...bed.client,
      create: (type, object, options) =>
        type.resource === 'configmaps'
          ? Promise.reject(new ApiError(403, { message: 'no', reason: 'Forbidden' }))
          : bed.client.create(type, object, options),
    };
    bed.start({ functions, client: forbidden });
    await bed.createBlueprint('bp', BLUEPRINT);
    await makeObject(random);
    await bed.createActionSet('as', { blueprint: 'bp', object: OBJECT });
    const running = await bed.actionSet('as', isRunning);
    expect(running.metadata.annotations?.[JOURNAL_ANNOTATION]?.length).toBeGreaterThan(100_000);
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    expect(await parts()).toEqual([]);
    await bed.client.delete(CONFIG_MAPS, OBJECT);
    await makeObject(randomBytes(300_000).toString('base64'));
    await bed.createActionSet('larger', { blueprint: 'bp', object: OBJECT });
    const { status } = await bed.actionSet('larger');
    expect(status?.error.message).toContain('let the operator create ConfigMaps');
  });
});
