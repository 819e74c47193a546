import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTION_SETS,
  API_VERSION,
  BLUEPRINTS,
  PROFILES,
  type ActionSet,
} from '../../src/api/kanister/types.ts';
import { decodeJournal, JOURNAL_ANNOTATION } from '../../src/engine/journal.ts';
import { functions } from '../../src/functions/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CONFIG_MAPS, EVENTS, PODS, SECRETS } from '../../src/kubernetes/resources.ts';
import { writeExposition } from '../../src/operator/exposition.ts';
import { createMetrics } from '../../src/operator/metrics.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { echo } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../support/operator-bed.ts';
import { ENCODINGS, ENCODING_NAMES, type Encoding } from './encodings.ts';
import { findLeaks } from './find-leaks.ts';
import { countTo, failWith } from './functions.ts';
import { MARKERS, NAMESPACE, scenarios, type Scenario } from './scenarios.ts';

describe('secrets of runs that fail in 200 ways', () => {
  const all = scenarios(200);
  let bed: OperatorBed;
  let folder: string;
  let ended: Map<string, ActionSet>;
  let texts: Record<'log' | 'events' | 'statuses' | 'journals' | 'metrics' | 'names', string[]>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'canaries-'));
    const { client, stop } = await startSandbox({
      folder,
      node: 'simulated',
      containers: [
        { match: { image: 'kanister-tools' }, run: ({ container }) => printed(container.command ?? []) },
      ],
    });
    bed = await createOperatorBed({ client, namespace: NAMESPACE, patience: 60_000, close: stop });
    const metrics = createMetrics({ resolutions: true, labelLimit: 1_000, version: 'test' });
    bed.start({
      functions: [...functions, failWith, countTo, echo],
      flags: ['--no-leader-election'],
      env: { POD_SERVICE_ACCOUNT: 'default' },
      metrics: { observer: metrics.observer },
    });
    await bed.createBlueprint('canaries', {}); // there are CRDs when it returns
    const versions = watchActionSets(bed);
    await Promise.all(all.map((scenario) => begin(bed, scenario)));
    ended = await versions.until((found) => found.size === all.length);
    const { text } = await writeExposition(metrics.registry, undefined);
    const named = await Promise.all(
      [EVENTS, PODS, CONFIG_MAPS].map((type) => bed.client.list(type, { namespace: NAMESPACE })),
    );
    const events = (named[0]?.items ?? []).filter(
      (event) => (event as { reportingComponent?: string }).reportingComponent === 'Kanister Controller',
    );
    const seen = await versions.stop();
    texts = {
      log: bed.log,
      events: events.map((event) => JSON.stringify(event)),
      statuses: seen.map(statusText),
      journals: seen.map(({ metadata }) => JSON.stringify(decodeJournal(metadata.annotations) ?? null)),
      metrics: [text],
      names: named.flatMap(({ items }) => items.map(({ metadata }) => JSON.stringify(metadata?.name))),
    };
  }, 120_000);

  afterAll(async () => {
    await bed.close();
    await rm(folder, { recursive: true });
  });

  it.each(['log', 'events', 'statuses', 'journals', 'metrics', 'names'] as const)(
    'are not in the %s',
    (where) => {
      expect(texts[where].length).toBeGreaterThan(0);
      expect(findLeaks(MARKERS, texts[where].join('\n'))).toEqual([]);
    },
  );

  it('have come to a place where they could have been shown', () => {
    const masked = [...texts.log, ...texts.events, ...texts.statuses].filter((text) =>
      text.includes('<masked>'),
    );
    const named = new Set(masked.flatMap((text) => text.match(/(?<=")canary-\d+(?=")/g) ?? []));
    expect(all.filter(({ name, prints }) => !prints && !named.has(name))).toEqual([]);
  });

  it('make every run fail that does not print them itself', () => {
    const states = all.map(({ name }) => [name, ended.get(name)?.status?.state]);
    expect(states).toEqual(all.map(({ name, prints }) => [name, prints ? 'complete' : 'failed']));
  });

  it('are left in outputs that a Blueprint prints itself, and told of', () => {
    const printing = all.filter(({ prints }) => prints);
    expect(printing.length).toBeGreaterThan(5);
    for (const { name, canary } of printing) {
      const status = ended.get(name)?.status;
      expect(status?.actions?.[0]?.phases[0]?.output).toEqual({ value: canary });
      const told = texts.events.find((text) => text.includes('SecretInOutput') && text.includes(`"${name}"`));
      expect(told).toMatch(new RegExp(`Secret ${NAMESPACE}/${name}|credentials of the Profile`));
    }
  });
});

it.each(ENCODING_NAMES)('a canary would be found: %s', (encoding) => {
  for (const marker of MARKERS) {
    const text = ENCODINGS[encoding](`${marker}17`);
    expect(findLeaks(MARKERS, `x ${text} y`)).not.toEqual([]);
    expect(findLeaks(MARKERS, JSON.stringify({ error: text }))).not.toEqual([]);
  }
});

async function begin(bed: OperatorBed, { name, secret, profile, action, spec }: Scenario): Promise<void> {
  const metadata = { name, namespace: NAMESPACE };
  await bed.client.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: secret.type,
    stringData: secret.data,
  } as KubernetesObject);
  if (profile)
    await bed.client.create(PROFILES, { apiVersion: API_VERSION, kind: 'Profile', metadata, ...profile });
  const blueprint = { apiVersion: API_VERSION, kind: 'Blueprint', metadata, actions: { run: action } };
  await bed.client.create(BLUEPRINTS, blueprint);
  const actions = [{ ...spec, name: 'run', blueprint: name }];
  await bed.client.create(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata,
    spec: { actions },
  });
}

/** What the container of a phase does: it shows the last word of its command in the encoding that stands before. */
function printed([way = '', encoding = '', value = '']: string[]) {
  const text = ENCODINGS[encoding as Encoding](value);
  const lines = ['connecting', ...`cannot log in with ${text}`.split('\n')];
  return way === 'fail'
    ? { output: lines, exitCode: 1 }
    : { output: [...lines, `###Phase-output###: {"key": ${JSON.stringify(text)}`] };
}

/** Every version of every ActionSet, as it is stored. */
function watchActionSets({ client, log }: OperatorBed) {
  const seen: ActionSet[] = [];
  const ended = new Map<string, ActionSet>();
  const over = new AbortController();
  const waiting: (() => void)[] = [];
  const watching = (async () => {
    const options = { namespace: NAMESPACE, resourceVersion: '0', signal: over.signal };
    for await (const { object } of client.watch<ActionSet>(ACTION_SETS, options)) {
      seen.push(object);
      if (isTerminal(object.status?.state)) ended.set(object.metadata.name, object);
      for (const look of waiting) look();
    }
  })();
  // It is waited for in `stop`.
  watching.catch(() => undefined);
  return {
    /** Those that have ended, each in its last version, once `holds` says that they are enough. */
    async until(holds: (found: typeof ended) => boolean) {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => {
          const latest = new Map(seen.map(({ metadata, status }) => [metadata.name, status]));
          const missing = [...latest]
            .filter(([name]) => !ended.has(name))
            .map(([name, status]) => `${name}: ${JSON.stringify(status)?.slice(0, 300)}`);
          reject(
            new Error(
              `${latest.size} seen, ${ended.size} ended, not ended: ${missing.join('\n')}\n${log.slice(-20).join('')}`,
            ),
          );
        }, 60_000);
        const look = () => {
          if (!holds(ended)) return;
          clearTimeout(late);
          resolve();
        };
        waiting.push(look);
        look();
      });
      return ended;
    },
    async stop() {
      over.abort(new Error('the test has seen enough'));
      await watching.catch((error: unknown) => {
        if (!over.signal.aborted) throw error;
      });
      return seen;
    },
  };
}

function isTerminal(state: string | undefined): boolean {
  return state === 'complete' || state === 'failed';
}

/** Outputs that a Blueprint prints itself are excepted, and the journal is read by itself. */
function statusText({ metadata, status }: ActionSet): string {
  const annotations = { ...metadata.annotations };
  delete annotations[JOURNAL_ANNOTATION];
  return JSON.stringify({ name: metadata.name, annotations, status }, (key, value: unknown) =>
    key === 'output' ? undefined : value,
  );
}
