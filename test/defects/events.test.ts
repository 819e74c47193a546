import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTION_SETS, BLUEPRINTS, type ActionSpec, type Blueprint } from '../../src/api/kanister/types.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS } from '../../src/kubernetes/resources.ts';
import { failingClient } from '../support/failing-client.ts';
import { echo, fail, wait } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../support/operator-bed.ts';

interface Event extends KubernetesObject {
  involvedObject: Record<string, string>;
  type: string;
  reason: string;
  message: string;
  count: number;
  source: { component: string };
  reportingComponent: string;
}

const functions = [echo, fail, wait];
const PATIENTLY = { timeout: 10_000 };
const echoes = (name: string) => ({ func: 'Echo', name });
const fails = (name: string) => ({ func: 'Fail', name, args: { message: 'no luck' } });
const needs = { s: { kind: 'Secret', name: 'gone', namespace: 'app' } };

const COMPLETE = [
  'ActionSet Normal Started Action: Executing action run',
  'ActionSet Normal Started Phase: Executing phase one',
  'ActionSet Normal Ended Phase: Completed phase one',
];
/** On the ActionSet, and on its Blueprint. */
const onBoth = (text: string) => [`ActionSet ${text}`, `Blueprint ${text}`];

/** When the original posts something: what is run, and what is posted of it beside the Blueprint's `Added`. */
const MOMENTS: [
  string,
  { actions?: Blueprint['actions']; action?: Partial<ActionSpec>; events: string[] },
][] = [
  [
    'all goes well',
    {
      actions: { run: { phases: [echoes('one')], deferPhase: echoes('d') } },
      events: [
        ...COMPLETE,
        'ActionSet Normal Started deferPhase: Executing deferPhase d',
        'ActionSet Normal Ended deferPhase: Completed deferPhase d',
        "ActionSet Normal Update Complete: Updated ActionSet 'NAME' Status->complete",
      ],
    },
  ],
  [
    'no Blueprint is named',
    {
      action: { blueprint: '' },
      events: [
        'ActionSet Warning Blueprint not specified: Could not get blueprint: Blueprint is not specified',
      ],
    },
  ],
  [
    'the Blueprint is not there',
    {
      action: { blueprint: 'nobody' },
      events: [
        'ActionSet Warning Error: Could not get blueprint: Failed to query blueprint: blueprints.cr.kanister.io',
      ],
    },
  ],
  [
    'the Blueprint has no such action',
    {
      actions: { run: {} },
      action: { name: 'walk' },
      events: onBoth(
        'Warning ActionSetFailed Action: walk: Could not get initial action: Action walk for object kind',
      ),
    },
  ],
  [
    'the action can’t be launched',
    {
      actions: { run: { phases: [{ func: 'Ecco', name: 'one' }] } },
      events: [
        'ActionSet Normal Started Action: Executing action run',
        ...onBoth(
          'Warning ActionSetFailed Action: run: Failed to launch Action NAME: Requested function {Ecco}',
        ),
      ],
    },
  ],
  [
    'an object of the phase is not there',
    {
      actions: { run: { phases: [{ ...echoes('one'), objects: needs }] } },
      events: [
        ...COMPLETE.slice(0, 2),
        ...onBoth(
          'Warning ActionSetFailed Action: run: Failed to init phase params: secrets "gone" not found',
        ),
      ],
    },
  ],
  [
    'the phase fails',
    {
      actions: { run: { phases: [fails('one')] } },
      events: [
        ...COMPLETE.slice(0, 2),
        ...onBoth('Warning ActionSetFailed Action: run: Failed to execute phase: no luck'),
      ],
    },
  ],
  [
    'the deferPhase fails',
    {
      actions: { run: { phases: [echoes('one')], deferPhase: fails('d') } },
      events: [
        ...COMPLETE,
        'ActionSet Normal Started deferPhase: Executing deferPhase d',
        ...onBoth('Warning ActionSetFailed Action: run: Failed to execute defer phase: no luck'),
      ],
    },
  ],
  [
    'artifacts can’t be rendered',
    {
      actions: {
        run: { phases: [echoes('one')], outputArtifacts: { a: { keyValue: { k: '{{ .Options.x }}' } } } },
      },
      events: [
        ...COMPLETE,
        ...onBoth(
          'Warning ActionSetFailed Action: run: Failed to render output artifacts Failed to render template: "x"',
        ),
      ],
    },
  ],
];

describe('events', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  /** Of one object, in the order in which they were posted. */
  const eventsOf = async (name: string): Promise<Event[]> => {
    const { items } = await bed.client.list<Event>(EVENTS, { namespace: 'kanister' });
    return items
      .filter(({ involvedObject }) => involvedObject['name'] === name)
      .toSorted((a, b) => Number(a.metadata?.resourceVersion) - Number(b.metadata?.resourceVersion));
  };
  /** As they are written above, and as long as what is written there. */
  const textsOf = async (name: string, like: string[]) =>
    (await eventsOf(name))
      .map(
        ({ involvedObject, type, reason, message }) =>
          `${involvedObject['kind']} ${type} ${reason}: ${message}`,
      )
      .map((text) => like.find((start) => text.startsWith(start)) ?? text);

  it('tell what the original’s tell, of the same objects and no others', async () => {
    const operator = bed.start({ functions });
    for (const [index, [what, { actions, action, events }]] of MOMENTS.entries()) {
      const name = `m${index}`;
      if (actions) await bed.createBlueprint(name, actions);
      await bed.createActionSet(name, { blueprint: name, ...action });
      await bed.actionSet(name);
      const added = actions ? [`Blueprint Normal Added: Added blueprint ${name}`] : [];
      const expected = [...added, ...events.map((text) => text.replaceAll('NAME', name))].toSorted();
      await expect
        .poll(async () => (await textsOf(name, expected)).toSorted(), { ...PATIENTLY, message: what })
        .toEqual(expected);
    }
    await operator.stop();
  });

  it('name the object completely, and the component that people filter by; their names are derived', async () => {
    bed.start({ functions });
    const { metadata } = await bed.createBlueprint('bp', { run: { phases: [fails('one')] } });
    const created = await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as');
    await expect.poll(async () => (await eventsOf('bp')).length, PATIENTLY).toBe(2);
    const uids = { ActionSet: created.metadata.uid, Blueprint: metadata.uid };
    for (const event of [...(await eventsOf('as')), ...(await eventsOf('bp'))]) {
      const kind = event.involvedObject['kind'] === 'Blueprint' ? 'Blueprint' : 'ActionSet';
      const name = { ActionSet: 'as', Blueprint: 'bp' }[kind];
      expect(event.involvedObject).toMatchObject({
        apiVersion: 'cr.kanister.io/v1alpha1',
        kind,
        name,
        namespace: 'kanister',
        uid: uids[kind],
      });
      expect(event).toMatchObject({
        count: 1,
        source: { component: 'Kanister Controller' },
        reportingComponent: 'Kanister Controller',
      });
      expect(event.metadata?.name).toMatch(new RegExp(`^${name}\\.[a-z0-9]{10}$`));
      expect(event.message).not.toContain('v1alpha1.Phase{');
    }
    expect((await eventsOf('as')).every(({ involvedObject }) => involvedObject['resourceVersion'])).toBe(
      true,
    );
  });

  it('are told once: over restarts, for Blueprints that were there, and when a finished ActionSet is edited', async () => {
    const first = bed.start({ functions });
    const blueprint = await bed.createBlueprint('bp', {
      run: { phases: [echoes('one'), { func: 'Sleep', name: 'two', args: { milliseconds: 400 } }] },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.actions?.[0]?.phases[1]?.state === 'running');
    await first.stop();
    bed.start({ functions, identity: 'second' });
    await bed.actionSet('as');
    const labels = { metadata: { labels: { edited: 'yes' } } };
    await bed.client.patch(
      ACTION_SETS,
      { name: 'as', namespace: 'kanister' },
      { type: 'merge', body: labels },
    );
    await bed.client.replace(BLUEPRINTS, { ...blueprint, actions: { run: { phases: [echoes('one')] } } });
    await bed.createActionSet('next', { blueprint: 'bp' });
    await bed.actionSet('next');
    await expect
      .poll(async () => (await eventsOf('next')).map(({ reason }) => reason), PATIENTLY)
      .toContain('Update Complete');
    expect((await eventsOf('as')).map(({ message }) => message)).toEqual([
      'Executing action run',
      'Executing phase one',
      'Completed phase one',
      'Executing phase two',
      'Completed phase two',
      "Updated ActionSet 'as' Status->complete",
    ]);
    expect((await eventsOf('bp')).map(({ reason }) => reason)).toEqual(['Added']);
  });

  it.each([
    ['the first write', 1, ['Failed to update phase: Failed to update ActionSet as: spoilt']],
    ['the last write', 2, []],
  ])('are all that tells of an ActionSet of which %s is refused for good', async (_what, from, messages) => {
    const refused = new ApiError(422, { reason: 'Invalid', message: 'spoilt' });
    let writes = 0;
    const client = failingClient(bed.client, ({ verb, type }) => {
      if (verb !== 'replace' || type.resource !== ACTION_SETS.resource) return undefined;
      return (writes += 1) >= from ? { error: refused } : undefined;
    });
    bed.start({ functions, client });
    await bed.createBlueprint('bp', { run: { phases: [echoes('one')] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const warnings = async () =>
      (await eventsOf('as'))
        .filter(({ type }) => type === 'Warning')
        .map(({ message }) => message.split(' (')[0]);
    await expect
      .poll(warnings, PATIENTLY)
      .toEqual([...messages, 'Could not update ActionSet: Failed to update ActionSet as: spoilt']);
  });
});
