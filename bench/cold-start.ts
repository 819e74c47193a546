/** An operator that starts among very many finished ActionSets: when it runs the first new one, and how much memory it needs. */
import { randomUUID } from 'node:crypto';
import { actionSetCrd } from '../src/api/kanister/action-set-crd.ts';
import { kanisterCrds } from '../src/api/kanister/crds.ts';
import type { CustomResourceDefinition } from '../src/api/kanister/custom-resource-definition.ts';
import { ACTION_SETS } from '../src/api/kanister/types.ts';
import type { ActionSet } from '../src/api/kanister/types.ts';
import { ApiError, isNotFound } from '../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../src/kubernetes/client.ts';
import { systemClock } from '../src/kubernetes/clock.ts';
import { concurrently } from '../src/kubernetes/concurrently.ts';
import { getIfThere } from '../src/kubernetes/get-if-there.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../src/kubernetes/resources.ts';
import { actionSetOf, createBlueprint, served, watchActionSets } from './operator/action-sets.ts';
import { openEtcd } from './operator/etcd.ts';
import type { Etcd } from './operator/etcd.ts';
import { openPlace } from './operator/place.ts';
import type { Place } from './operator/place.ts';
import { startOperator } from './operator/program.ts';
import { median } from './suite.ts';
import type { Row, Suite, SuiteOptions } from './suite.ts';

const FINISHED = 100_000;
const PENDING = 100;
const ROUNDS = 3;
/** Requests at a time, to fill the server. */
const WRITERS = 64;

/** Milliseconds until the first one runs. */
const GOALS = { selectable: 2_000, unselectable: 10_000 };

export const suite: Suite = {
  name: 'cold-start',
  origin: 'Kanister on a real Kubernetes 1.34, among 8,000 finished ActionSets',
  onCluster: true,
  async run(options) {
    const selects = await measureWith(options, 'where the server selects', GOALS.selectable, (crd) => crd);
    const reads = await measureWith(options, 'where it can’t', GOALS.unselectable, withoutSelection);
    return [...selects, ...reads];
  },
};

/** A place for each: a server whose definitions change under many objects reads them all again, and answers nobody meanwhile. */
async function measureWith(
  options: SuiteOptions,
  where: string,
  goal: number,
  change: (crd: CustomResourceDefinition) => CustomResourceDefinition,
): Promise<Row[]> {
  const place = await openPlace(options);
  let empty = async () => {};
  try {
    await installCrds(place.client, change);
    await served(place.client);
    await createBlueprint(place);
    empty = await fill(place, options.cluster);
    await cached(place);
    return await measure(place, where, goal);
  } finally {
    try {
      await empty();
    } finally {
      await place.close();
    }
  }
}

async function measure(place: Place, where: string, goal: number): Promise<Row[]> {
  const times: number[] = [];
  let memory = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { first, peak } = await coldStart(place, `pending-${where.length}-${round}`);
    times.push(first);
    memory = Math.max(memory, peak);
  }
  return [
    {
      name: `start to first ActionSet running, ${where}, median of ${ROUNDS}`,
      value: median(times),
      unit: 'ms',
      goal: { atMost: goal },
      original: { value: 27 * 60_000 },
    },
    { name: `peak memory of the operator, ${where}`, value: memory, unit: 'MiB', goal: { atMost: 200 } },
  ];
}

/** Milliseconds from the start of the process to the first event that says running; MiB when all of the pending ones are complete. */
async function coldStart(place: Place, prefix: string): Promise<{ first: number; peak: number }> {
  const { client, kubeconfig, namespace } = place;
  const names = Array.from({ length: PENDING }, (_, index) => `${prefix}-${index}`);
  await concurrently(names, WRITERS, (name) =>
    client.create(ACTION_SETS, actionSetOf(namespace, name, 'one')),
  );
  const watched = await watchActionSets(place);
  const start = performance.now();
  // The definitions are the bench's: one that is written anew empties the server's cache.
  const operator = startOperator(kubeconfig, namespace, { env: { CREATEORUPDATE_CRDS: 'false' } });
  try {
    const first = await Promise.race([
      Promise.any(names.map((name) => watched.reached(name, 'running'))),
      operator.ended,
    ]);
    await Promise.race([Promise.all(names.map((name) => watched.reached(name, 'complete'))), operator.ended]);
    return { first: first - start, peak: await operator.peakMemory() };
  } finally {
    watched.stop();
    await operator.stop();
  }
}

/** Resolves to what takes them away again. */
async function fill(place: Place, cluster: string | undefined): Promise<() => Promise<void>> {
  const etcd = cluster === undefined ? undefined : await openEtcd(cluster);
  if (etcd) return fillEtcd(etcd, place);
  const { client, namespace } = place;
  let done = 0;
  await concurrently(finishedNames(), WRITERS, async (name) => {
    await client.create<ActionSet>(ACTION_SETS, finishedActionSet(namespace, name));
    done += 1;
    if (done % 10_000 === 0) process.stderr.write(`  ${done} of ${FINISHED} finished ActionSets\n`);
  });
  // A sandbox goes as a whole.
  if (cluster === undefined) return async () => {};
  // One by one, at the same time: a server deletes a collection much more slowly.
  return async () => {
    await concurrently(finishedNames(), WRITERS, (name) =>
      client.delete(ACTION_SETS, { name, namespace }).catch(unlessGone),
    );
  };
}

/** As the API server stores them, and a hundred times as fast as through it. */
async function fillEtcd(etcd: Etcd, { client, namespace }: Place): Promise<() => Promise<void>> {
  const [first = '', ...others] = finishedNames();
  const { metadata } = await client.create<ActionSet>(ACTION_SETS, finishedActionSet(namespace, first));
  const { group, resource } = ACTION_SETS;
  const keyOf = (name: string) => `/registry/${group}/${resource}/${namespace}/${name}`;
  const stored = await etcd.get(keyOf(first));
  await etcd.put(
    others.map((name) => [
      keyOf(name),
      stored.replaceAll(first, name).replaceAll(metadata.uid ?? '', randomUUID()),
    ]),
  );
  return async () => {
    await etcd.deletePrefix(keyOf('finished-'));
    etcd.close();
  };
}

function finishedNames(): string[] {
  return Array.from({ length: FINISHED }, (_, index) => `finished-${index}`);
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

/** As a backup of one phase leaves it. */
function finishedActionSet(namespace: string, name: string): ActionSet {
  const actionSet = actionSetOf(namespace, name, 'one');
  const [action] = actionSet.spec?.actions ?? [];
  const time = '2026-01-01T00:00:00Z';
  return {
    ...actionSet,
    status: {
      state: 'complete',
      error: { message: '' },
      progress: { percentCompleted: '100', lastTransitionTime: time },
      startTime: time,
      completionTime: time,
      actions: [
        {
          name: 'one',
          blueprint: action?.blueprint ?? '',
          object: { apiVersion: '', group: '', resource: '', kind: 'Namespace', name: namespace, namespace },
          phases: [
            {
              name: 'phase0',
              state: 'complete',
              output: { path: `/backups/${name}`, snapshot: '0123456789abcdef' },
              progress: { progressPercent: '100', lastTransitionTime: time },
            },
          ],
          artifacts: { dump: { keyValue: { path: `/backups/${name}` } } },
          deferPhase: { name: '', state: '', progress: {} },
        },
      ],
    },
  };
}

/** As they were before servers could select, and as the original's are. */
function withoutSelection(crd: CustomResourceDefinition): CustomResourceDefinition {
  const versions = crd.spec.versions.map(({ selectableFields: _none, ...version }) => version);
  return { ...crd, spec: { ...crd.spec, versions } };
}

async function installCrds(
  client: KubernetesClient,
  change: (crd: CustomResourceDefinition) => CustomResourceDefinition = (crd) => crd,
): Promise<void> {
  for (const crd of kanisterCrds) {
    const { name } = crd.metadata;
    const found = await getIfThere<CustomResourceDefinition>(client, CUSTOM_RESOURCE_DEFINITIONS, { name });
    const wanted = change(crd);
    if (!found) await client.create(CUSTOM_RESOURCE_DEFINITIONS, wanted);
    else await client.replace(CUSTOM_RESOURCE_DEFINITIONS, { ...found, spec: wanted.spec });
  }
}

/** Resolves when the server has taken in all of them: until then it reads them from its database, or answers 429. */
async function cached({ client, namespace }: Place): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  const [last = ''] = finishedNames().slice(-1);
  while (performance.now() < deadline) {
    const found = await client
      .list(ACTION_SETS, { namespace, fieldSelector: `metadata.name=${last}`, resourceVersion: '0' })
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 429) return undefined;
        throw error;
      });
    if (found?.items.length === 1) return;
    await systemClock.sleep(100);
  }
  throw new Error(`${actionSetCrd.metadata.name} are not all served after ${PATIENCE / 1_000} s`);
}

const PATIENCE = 5 * 60_000;
