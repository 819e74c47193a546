import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, it, type ExpectStatic } from 'vitest';
import {
  ACTION_SETS,
  BLUEPRINTS,
  PROFILES,
  type ActionSet,
  type PhaseStatus,
} from '../api/kanister/types.ts';
import { observers } from './observers.ts';
import { Masks } from '../engine/masks.ts';
import { functions } from '../functions/index.ts';
import { systemClock } from '../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, NAMESPACES, SECRETS } from '../kubernetes/resources.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { runOperator } from './operator.ts';
import { readSettings } from './settings.ts';

interface RecordedRun {
  origin: string;
  input: (KubernetesObject & { kind: string; metadata: { name: string } })[];
  status: { state: string; message: string; actions: object[] };
  events: string[];
}

interface Event extends KubernetesObject {
  type: string;
  reason: string;
  message: string;
  involvedObject: { kind: string; name: string };
}

const TYPES: Record<string, ResourceType> = {
  ActionSet: ACTION_SETS,
  Blueprint: BLUEPRINTS,
  Profile: PROFILES,
  ConfigMap: CONFIG_MAPS,
  Secret: SECRETS,
  Deployment: DEPLOYMENTS,
};

const runs = JSON.parse(
  await readFile(join(import.meta.dirname, '../../test/golden/engine.json'), 'utf8'),
) as RecordedRun[];

let folder: string;
let sandbox: Sandbox;
const stop = new AbortController();
let stopped: Promise<unknown>;
const { promise: watching, resolve: watches } = Promise.withResolvers<void>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recorded-'));
  sandbox = await startSandbox({ folder, objectStore: false });
  await createNamespace('kanister');
  stopped = runOperator({
    settings: {
      ...readSettings(['--identity', 'test'], { POD_SERVICE_ACCOUNT: 'default' }, 'test'),
      namespace: 'kanister',
    },
    client: sandbox.client,
    clock: systemClock,
    random: Math.random,
    log: pino({}, { write: (line: string) => line.includes('watching ActionSets') && watches() }),
    masks: new Masks(),
    functions,
    observer: observers(),
    stop: stop.signal,
  });
  stopped.catch(() => undefined);
  await Promise.race([watching, stopped]);
}, 60_000);
afterAll(async () => {
  stop.abort(new Error('the test is over'));
  await stopped;
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

// Recorded from Kanister 0.114.0 on Kubernetes 1.34; test/golden/make-engine.ts says what is left out.
describe.concurrent('an ActionSet ends as it did with the original', () => {
  it.for(runs)('$origin', { timeout: 40_000 }, async ({ origin, input, status, events }, { expect }) => {
    await createNamespace(`app-${origin}`);
    for (const object of input) await create(object, expect);
    const name = nameOf(input, 'ActionSet');
    await expect
      .poll(async () => (await read(name)).status?.state, { timeout: 30_000, interval: 50 })
      .toBe(status.state);
    const ended = await read(name);
    expect(ended.status?.error.message.slice(0, status.message.length)).toBe(status.message);
    expect(ended.status?.actions.map(withoutTimes)).toEqual(status.actions);
    const subjects = [name, nameOf(input, 'Blueprint')];
    await expect.poll(() => eventsOf(subjects), { timeout: 5_000 }).toEqual(events.toSorted());
  });
});

async function createNamespace(name: string): Promise<void> {
  await sandbox.client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

async function create(object: RecordedRun['input'][number], { poll }: ExpectStatic): Promise<void> {
  const type = TYPES[object.kind];
  if (type === undefined) throw new Error(`no resource for ${object.kind}`);
  await sandbox.client.create(type, object);
  if (type !== DEPLOYMENTS) return;
  const { name, namespace = '' } = object.metadata;
  const ready = async () => {
    const found = await sandbox.client.get<KubernetesObject & { status?: { readyReplicas?: number } }>(
      DEPLOYMENTS,
      { name, namespace },
    );
    return found.status?.readyReplicas;
  };
  await poll(ready, { timeout: 20_000 }).toBe(1);
}

function read(name: string): Promise<ActionSet> {
  return sandbox.client.get<ActionSet>(ACTION_SETS, { name, namespace: 'kanister' });
}

function nameOf(input: RecordedRun['input'], kind: string): string {
  return input.find((object) => object.kind === kind)?.metadata.name ?? '';
}

function withoutTimes({
  phases,
  deferPhase,
  ...action
}: NonNullable<ActionSet['status']>['actions'][number]) {
  const phase = ({ name, state, output }: PhaseStatus) => ({ name, state, ...(output && { output }) });
  return { ...action, phases: phases.map(phase), deferPhase: phase(deferPhase) };
}

async function eventsOf(subjects: string[]): Promise<string[]> {
  const { items } = await sandbox.client.list<Event>(EVENTS, { namespace: 'kanister' });
  return (
    items
      .filter(({ involvedObject }) => subjects.includes(involvedObject.name))
      // The original says nothing of what an ActionSet does not give.
      .filter(({ reason }) => reason !== 'InputMissing')
      .map(({ type, reason, message, involvedObject }) => {
        const [stem] = type === 'Warning' ? message.split(':') : [message];
        return `${involvedObject.kind}: ${type} ${reason}: ${stem}`;
      })
      .toSorted()
  );
}
