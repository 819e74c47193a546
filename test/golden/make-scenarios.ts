/**
 * Writes test/golden/scenarios/: what Kanister 0.114.0 made of Blueprints and ActionSets on Kubernetes 1.34, from recordings.
 * Run: node test/golden/make-scenarios.ts FOLDER_OF_RECORDINGS
 *
 * Scenarios of functions that move data or take snapshots are left out, and those that need an object store or a repository server. So are descriptions, logs, times, uids, and what Go prints of its own
 * structures.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFacts, recordedEventFacts, statusFacts } from './facts.ts';
import type { EventObject, StoredActionSet } from './facts.ts';
import { normalise, podFacts } from './normalise.ts';
import type { SentPod } from './normalise.ts';
import { OPERATOR_NAMESPACE } from './scenario.ts';
import type { ExecFacts, InputObject, ObjectFacts, Scenario, Step } from './scenario.ts';

const LEFT_OUT = /^(csi|data|dataall|kopia|reposerver|s3-kando)-/;

/** Of the resources that steps name to kubectl. */
const KINDS: Record<string, { apiVersion: string; kind: string }> = {
  cm: { apiVersion: 'v1', kind: 'ConfigMap' },
  actionset: { apiVersion: 'cr.kanister.io/v1alpha1', kind: 'ActionSet' },
};

interface Recording {
  input: Record<string, InputObject & { items?: InputObject[] }>;
  final: StoredActionSet | StoredActionSet[] | null;
  watch: { t: string; object: StoredActionSet }[];
  events: { object: EventObject }[];
  requests: { t: string; verb: string; uri: string; body?: SentPod & { kind?: string } }[];
  objects?: { type: string; object: ChangedObject }[];
  steps?: {
    t?: string;
    kubectl?: string[];
    stdin?: string;
    argv?: string[];
    create?: string;
    stderr: string;
  }[];
}

interface ChangedObject {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: object };
  spec?: { replicas?: number };
  data?: object;
}

const [source = ''] = process.argv.slice(2);
const target = new URL('./scenarios/', import.meta.url);
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const file of (await readdir(source)).toSorted()) {
  if (LEFT_OUT.test(file) || !file.endsWith('.json')) continue;
  const origin = file.replace(/\.json$/, '');
  // The recorder took the function's default folder for one of its own.
  const recorded = (await readFile(join(source, file), 'utf8')).replaceAll('<tmp>', '/tmp/');
  // Some were recorded in one namespace.
  const text = recorded.replaceAll('"app-data"', `"app-${origin}"`);
  const scenario = scenarioOf(origin, JSON.parse(text) as Recording);
  await writeFile(new URL(file, target), `${JSON.stringify(inOurNamespace(scenario), null, 1)}\n`);
}

function scenarioOf(origin: string, recording: Recording): Scenario {
  const { final, watch, requests, events, steps = [] } = recording;
  const actionSets = [final ?? []].flat();
  // What came before it is of the scenario before.
  const begin = new Date(watch[0]?.t ?? 0);
  const sent = requests.filter(({ t, verb }) => verb === 'create' && new Date(t) > begin);
  return {
    origin,
    input: Object.values(recording.input).flatMap((object) => object.items ?? [object]),
    steps: steps.flatMap((step) => stepOf(step, recording)),
    recorded: {
      refused: steps
        .filter(({ create }) => create !== undefined)
        .map(({ stderr }) =>
          stderr.trim().replace(/^Error from server \(.*\): error when creating "STDIN": /, ''),
        ),
      actionSets: actionSets.map((actionSet) => ({
        ...statusFacts(actionSet),
        ...errorFacts(actionSet.status?.error.message ?? ''),
      })),
      events: [...new Map(events.map(({ object }) => [object.metadata.name, object])).values()]
        .map(recordedEventFacts)
        .toSorted(),
      pods: sent.flatMap(({ body }) => (body?.kind === 'Pod' ? [podFacts(body)] : [])),
      execs: normalise(sent.flatMap(({ uri }) => execOf(uri))),
      objects: objectsOf(recording),
    },
  };
}

function stepOf(step: NonNullable<Recording['steps']>[number], { watch }: Recording): Step[] {
  const { t = '', kubectl = [], argv, stdin = '', create } = step;
  if (create !== undefined) return [];
  const ended = watch.find(({ object }) => object.status?.state === 'complete')?.t ?? '';
  const when = t > ended && ended !== '' ? 'ended' : 'running';
  if (argv) {
    // The namespace is the test's to give.
    const flag = argv.indexOf('--namespace');
    return [{ when, do: 'kanctl', argv: argv.slice(1).toSpliced(flag - 1, 2) }];
  }
  const [, namespace = '', verb, resource, name = '', ...rest] = kubectl;
  if (verb === 'replace') return [{ when, do: 'replace', object: JSON.parse(stdin) as InputObject }];
  const type = KINDS[resource ?? ''];
  if (type === undefined) throw new Error(`kubectl ${kubectl.join(' ')}: no such step is known`);
  const object = { ...type, metadata: { name, namespace } };
  if (verb === 'patch')
    return [{ when, do: 'patch', object, patch: JSON.parse(rest.at(-1) ?? '') as object }];
  const [key = '', value = ''] = (rest[0] ?? '').split('=');
  return [{ when, do: 'patch', object, patch: { metadata: { labels: { [key]: value } } } }];
}

function execOf(uri: string): ExecFacts[] {
  const { pathname, searchParams } = new URL(uri, 'http://recorded');
  const [, pod] = /\/pods\/([^/]+)\/exec$/.exec(pathname) ?? [];
  if (pod === undefined) return [];
  return [{ pod, container: searchParams.get('container') ?? '', command: searchParams.getAll('command') }];
}

/** Volumes come and go by themselves, those of scenarios before it too. */
function objectsOf({ objects = [] }: Recording): Record<string, ObjectFacts> {
  const changed = objects.filter(({ object }) => !object.kind.startsWith('PersistentVolume'));
  return Object.fromEntries(
    changed.map(({ type, object: { kind, metadata, spec, data } }) => [
      `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      type === 'ADDED'
        ? 'there'
        : type === 'DELETED'
          ? 'gone'
          : {
              ...(spec?.replicas !== undefined && { replicas: spec.replicas }),
              ...(data && { data }),
              ...(metadata.labels && { labels: metadata.labels }),
            },
    ]),
  );
}

/** The operator's namespace under its placeholder, wherever it stands for itself. */
function inOurNamespace(scenario: Scenario): Scenario {
  const text = JSON.stringify(scenario).replaceAll(
    /("namespace": ?)"kanister"/g,
    `$1"${OPERATOR_NAMESPACE}"`,
  );
  return JSON.parse(text) as Scenario;
}
