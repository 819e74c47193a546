import { join } from 'node:path';
import { ACTION_SETS } from '../../src/api/kanister/types.ts';
import { ApiError, isNotFound } from '../../src/kubernetes/api-error.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { getIfThere } from '../../src/kubernetes/get-if-there.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS, PODS } from '../../src/kubernetes/resources.ts';
import { createRestMapping } from '../../src/kubernetes/rest-mapping.ts';
import { runKanctl } from '../demo/run-kanctl.ts';
import { waitUntil } from '../demo/wait-until.ts';
import { IMAGES } from '../integration/images.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { eventFacts, statusFacts } from './facts.ts';
import type { EventObject, StoredActionSet } from './facts.ts';
import { normalise, normaliseText, podFacts } from './normalise.ts';
import type { SentPod } from './normalise.ts';
import { OPERATOR_NAMESPACE } from './scenario.ts';
import type { Facts, InputObject, ObjectFacts, Scenario, Step } from './scenario.ts';
import type { SentRequests } from './sent-requests.ts';

export interface ScenarioPlace {
  cluster: TestCluster;
  /** Of the operator that runs there. */
  namespace: string;
  /** What the operator has sent. */
  sent: SentRequests;
}

export interface ScenarioRun {
  /** What came of it, under the recording's names; events may still be on their way. */
  look(): Promise<Facts>;
  /** Removes what is in namespaces of others, or in none. */
  end(): Promise<void>;
}

/** Does what a recording did, on an operator of ours, until its ActionSets have ended. */
export async function runScenario(
  { origin, text }: { origin: string; text: string },
  { cluster, namespace, sent }: ScenarioPlace,
): Promise<ScenarioRun> {
  const { client } = cluster;
  const { signal } = new AbortController();
  const appNamespace = await cluster.createNamespace();
  const names: [recorded: string, here: string][] = [
    [`app-${origin}`, appNamespace],
    [OPERATOR_NAMESPACE, namespace],
    ['localhost/busybox:1', IMAGES.shell],
    ['localhost/kanister-tools:0.114.0', IMAGES.tools],
    // What is in other namespaces, or in none.
    ['golden-', `golden-${appNamespace}-`],
  ];
  const { input, steps, recorded } = JSON.parse(
    names.reduce((changed, [there, here]) => changed.replaceAll(there, here), text),
  ) as Scenario;
  const inRecordedNames = (facts: Facts): Facts =>
    JSON.parse(
      names
        .toReversed()
        .reduce((changed, [there, here]) => changed.replaceAll(here, there), JSON.stringify(facts)),
    ) as Facts;

  const types = createRestMapping(client);
  const typeOf = ({ apiVersion, kind }: InputObject) => types.byKind(apiVersion, kind);
  const refused: string[] = [];
  for (const object of input) {
    try {
      await client.create(await typeOf(object), object, { fieldValidation: 'Strict' });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused.push(error.message);
    }
    await started(object);
  }
  for (const step of steps) {
    await until(signal, `${origin}: ${step.when}`, async () => (await actionSets()).every(isAt(step.when)));
    await doStep(step);
  }
  await until(signal, `${origin}: ended`, async () => (await actionSets()).every(isAt('ended')));

  return {
    look,
    async end() {
      const made = Object.keys(recorded.objects).map(objectOf);
      const given = input.map(({ kind, metadata: { name, namespace: where = '' } }) => ({
        kind,
        name,
        where,
      }));
      for (const { kind, name, where } of [...made, ...given]) {
        if (where === appNamespace || where === namespace) continue;
        const type = await types.byName(kind);
        await client.delete(type, { name, ...(where && { namespace: where }) }).catch(unlessGone);
      }
    },
  };

  async function look(): Promise<Facts> {
    const found = await actionSets();
    const uids = new Set(found.map(({ metadata }) => metadata.uid));
    const subjects = new Set([...found, ...input].map(({ metadata }) => metadata.name));
    const { items: events } = await client.list<KubernetesObject & EventObject>(EVENTS, { namespace });
    return inRecordedNames({
      refused: refused.map(normaliseText),
      actionSets: found
        .map((actionSet) => ({
          ...statusFacts(actionSet),
          message: normaliseText(actionSet.status?.error.message ?? ''),
          causes: [],
        }))
        .toSorted((a, b) => a.name.localeCompare(b.name)),
      events: events
        .filter(({ involvedObject }) => subjects.has(involvedObject.name) && OURS.has(involvedObject.kind))
        .map(eventFacts)
        .toSorted(),
      pods: sent.pods
        .filter(({ metadata }) => uids.has(metadata?.annotations?.['cr.kanister.io/run-uid'] ?? ''))
        .map((pod) => podFacts(pod as SentPod)),
      execs: sent.execs
        .filter((exec) => exec.namespace === appNamespace)
        .map(({ namespace: _same, ...exec }) => normalise(exec)),
      objects: await objectFacts(Object.keys(recorded.objects)),
    });
  }

  /** Workloads and pods are up before an action begins, as they were when it was recorded. */
  async function started({
    kind,
    metadata,
    spec,
  }: InputObject & { spec?: { replicas?: number } }): Promise<void> {
    const pods = { Deployment: spec?.replicas, StatefulSet: spec?.replicas, Pod: 1 }[kind];
    if (pods === undefined) return;
    await until(signal, `${origin}: ${kind} ${metadata.name} runs`, async () => {
      const { items } = await client.list<KubernetesObject & { status?: { phase?: string } }>(PODS, {
        namespace: appNamespace,
        labelSelector: `w=${metadata.name}`,
      });
      return items.filter(({ status }) => status?.phase === 'Running').length === pods;
    });
    if (kind === 'Pod' || JSON.stringify(spec).includes('readinessProbe')) return;
    await until(signal, `${origin}: ${kind} ${metadata.name} is ready`, async () => {
      const type = await types.byKind('apps/v1', kind);
      const { status } = await client.get<KubernetesObject & { status?: { readyReplicas?: number } }>(type, {
        name: metadata.name,
        namespace: appNamespace,
      });
      return status?.readyReplicas === pods;
    });
  }

  async function doStep(step: Step): Promise<void> {
    if (step.do === 'kanctl') {
      const { kubeconfig } = cluster;
      await runKanctl([...step.argv, '--namespace', namespace], { program: KANCTL, kubeconfig, signal });
      return;
    }
    const { name, namespace: where = '' } = step.object.metadata;
    const type = await typeOf(step.object);
    if (step.do === 'patch') {
      await client.patch(type, { name, namespace: where }, { type: 'merge', body: step.patch });
    } else {
      const { metadata } = await client.get(type, { name, namespace: where });
      await client.replace(type, { ...step.object, metadata: { ...metadata } });
    }
  }

  /** Those of the input, and those that were made from them. */
  async function actionSets(): Promise<StoredActionSet[]> {
    const { items } = await client.list<KubernetesObject & StoredActionSet>(ACTION_SETS, { namespace });
    const name = `as-${origin}`;
    return items.filter(({ metadata }) => metadata.name === name || metadata.name.includes(`-${name}-`));
  }

  async function objectFacts(keys: string[]): Promise<Facts['objects']> {
    const facts: Facts['objects'] = {};
    for (const key of keys) {
      const { kind, name, where } = objectOf(key);
      const found = await getIfThere<StoredObject>(client, await types.byName(kind), {
        name,
        namespace: where,
      });
      facts[key] = found === undefined ? 'gone' : changedFacts(found, recorded.objects[key]);
    }
    return facts;
  }
}

const KANCTL = join(import.meta.dirname, '../../src/kanctl/main.ts');
const OURS = new Set(['ActionSet', 'Blueprint']);

/** Of a key of {@link Facts.objects}. */
function objectOf(key: string): { kind: string; name: string; where: string } {
  const [, kind = '', where = '', name = ''] = /^(.*) (.*)\/(.*)$/.exec(key) ?? [];
  return { kind, name, where };
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

type StoredObject = KubernetesObject & { spec?: { replicas?: number }; data?: object };

function changedFacts({ spec, data, metadata }: StoredObject, asked: ObjectFacts | undefined): ObjectFacts {
  if (asked === 'there' || asked === 'gone') return 'there';
  return {
    ...(spec?.replicas !== undefined && { replicas: spec.replicas }),
    ...(data && { data }),
    ...(metadata?.labels && { labels: metadata.labels }),
  };
}

const isAt =
  (moment: Step['when']) =>
  ({ status }: StoredActionSet): boolean =>
    moment === 'ended'
      ? status?.state === 'complete' || status?.state === 'failed'
      : status?.actions?.[0]?.phases?.[0]?.state === 'running';

async function until(signal: AbortSignal, what: string, holds: () => Promise<boolean>): Promise<void> {
  await waitUntil(async () => (await holds()) || 'not yet', {
    what,
    timeout: 150_000,
    pause: 100,
    clock: systemClock,
    signal,
  });
}
