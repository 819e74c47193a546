import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLUEPRINTS, PROFILES, type Blueprint } from '../../src/api/kanister/types.ts';
import { functions } from '../../src/functions/index.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { concurrently } from '../../src/kubernetes/concurrently.ts';
import type { KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import { SERVICE_ACCOUNTS } from '../../src/kubernetes/resources.ts';
import { waitUntil } from '../demo/wait-until.ts';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { compareFacts, inOrder } from './compare-facts.ts';
import type { Difference } from './compare-facts.ts';
import { deviations, generalDeviations } from './deviations.ts';
import type { Deviation } from './deviations.ts';
import { runScenario } from './run-scenario.ts';
import type { ScenarioPlace } from './run-scenario.ts';
import { readScenarios } from './scenario.ts';
import type { Facts, Scenario } from './scenario.ts';
import { keepRequests } from './sent-requests.ts';

/** What each scenario came to: differences that are listed nowhere, and listed ones that are not there. */
interface Outcome {
  unlisted: Difference[];
  gone: Deviation[];
  /** How many were as listed. */
  listed: number;
  generally: Set<string>;
}

const AT_ONCE = 8;
const MOST_AGAIN = 5;
/** They wait for a minute: begun first, they hold nothing up. */
const LONG = /noimage|unschedulable|progress/;

const scenarios = (await readScenarios()).toSorted(
  (a, b) => Number(LONG.test(b.origin)) - Number(LONG.test(a.origin)),
);
const missing = (scenario: Scenario) =>
  functionsOf(scenario).filter(
    (name) =>
      !functions.some((known) => known.name === name) &&
      !JSON.stringify(scenario.recorded).includes(`Requested function {${name}} has not been registered`),
  );
const described = scenarios.map((file) => ({
  ...file,
  missing: missing(JSON.parse(file.text) as Scenario),
}));
const runnable = described.filter((scenario) => scenario.missing.length === 0);

let cluster: TestCluster;
const outcomes = new Map<string, Outcome | Error>();
beforeAll(async () => {
  cluster = await openTestCluster();
  const place = await startOperator();
  await concurrently(runnable, AT_ONCE, async (scenario) => {
    outcomes.set(scenario.origin, await outcome(scenario, place).catch(asError));
  });
  // Some recordings count on a second being enough: what differs on a busy machine is run again, alone.
  const different = runnable.filter(({ origin }) => !isAsMeant(outcomes.get(origin)));
  const second = different.length > 0 ? await startOperator() : place;
  for (const scenario of different.slice(0, MOST_AGAIN))
    outcomes.set(scenario.origin, await outcome(scenario, second).catch(asError));
}, 480_000);
afterAll(async () => {
  const compared = [...outcomes.values()].filter((one): one is Outcome => !(one instanceof Error));
  const count = (is: (one: Outcome) => boolean) => compared.filter(is).length;
  process.stdout.write(
    `recorded scenarios, ${cluster.kind}: ${compared.length} of ${scenarios.length} compared; ` +
      `${count(({ listed, unlisted }) => listed + unlisted.length === 0)} equal, ` +
      `${count(({ listed }) => listed > 0)} deviate as listed, ` +
      `${count((one) => !isAsMeant(one))} otherwise\n`,
  );
  await cluster.close();
}, 180_000);

// Recorded from Kanister 0.114.0 on Kubernetes 1.34; make-scenarios.ts says what is left out, deviations.ts what differs on purpose.
describe('objects, pods, outputs, status and events are as with the original:', () => {
  for (const {
    origin,
    missing: [name],
  } of described) {
    it.skipIf(name !== undefined)(`${origin}${name === undefined ? '' : `: waits for ${name}`}`, () => {
      const found = outcomes.get(origin);
      if (found === undefined || found instanceof Error) throw found ?? new Error(`${origin} was not run`);
      expect({
        'not in deviations.ts': found.unlisted.map(inWords),
        'no longer so': found.gone.map(inWords),
      }).toEqual({ 'not in deviations.ts': [], 'no longer so': [] });
    });
  }

  it('and each difference that is meant to be has its row on a page, and occurs', async () => {
    const pages = ['compatibility', 'kanctl'].map((page) =>
      readFile(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8'),
    );
    const page = (await Promise.all(pages)).join('\n');
    const rows = [...deviations, ...generalDeviations].flatMap(({ row }) => row ?? []);
    expect(rows.filter((row) => !page.includes(`| ${row}`))).toEqual([]);
    expect(deviations.filter(({ scenario }) => !described.some(({ origin }) => origin === scenario))).toEqual(
      [],
    );
    const occurred = new Set(
      [...outcomes.values()].flatMap((one) => (one instanceof Error ? [] : [...one.generally])),
    );
    expect(generalDeviations.map(({ row }) => row).filter((row) => !occurred.has(row))).toEqual([]);
  });
});

function isAsMeant(one: Outcome | Error | undefined): boolean {
  return one !== undefined && !(one instanceof Error) && one.unlisted.length + one.gone.length === 0;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function inWords({ field, recorded, here }: Difference): string {
  return `${field}: ${JSON.stringify(here)}, recorded ${JSON.stringify(recorded)}`;
}

/** One, in a namespace of its own, set up as the original was when it was recorded. */
async function startOperator(): Promise<ScenarioPlace> {
  const bed = await cluster.createBed();
  const { namespace } = bed;
  const sent = keepRequests(cluster.client);
  await cluster.client.create<KubernetesObject>(SERVICE_ACCOUNTS, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'kanister-operator', namespace },
  });
  bed.start({
    functions: [...functions],
    env: { POD_SERVICE_ACCOUNT: 'kanister-operator', TIMEOUT_WORKER_POD_READY: '1' },
    client: sent.client,
  });
  await waitUntil(async () => (await served([BLUEPRINTS, PROFILES])) || bed.log.join(''), {
    what: 'the CRDs are served',
    timeout: 30_000,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { cluster, namespace, sent };
}

/** Events come after what they tell of: what differs at first is looked at again for some seconds. */
async function outcome(scenario: { origin: string; text: string }, place: ScenarioPlace): Promise<Outcome> {
  const run = await runScenario(scenario, place);
  const { recorded } = JSON.parse(scenario.text) as Scenario;
  const meant = deviations.filter(
    ({ scenario: origin, on }) =>
      origin === scenario.origin && (on ?? place.cluster.kind) === place.cluster.kind,
  );
  try {
    for (let tries = 1; ; tries++) {
      await delay(500);
      const found = judge(recorded, await run.look(), meant);
      if (tries === 12 || found.unlisted.length + found.gone.length === 0) return found;
    }
  } finally {
    await run.end();
  }
}

function judge(recorded: Facts, here: Facts, meant: Deviation[]): Outcome {
  const generally = new Set<string>();
  const strip = (side: 'recorded' | 'here', facts: Facts): Facts =>
    generalDeviations.reduce((left, { side: of, leaveOut, row }) => {
      if (of !== side) return left;
      const changed = leaveOut(left);
      if (JSON.stringify(changed) !== JSON.stringify(left)) generally.add(row);
      return changed;
    }, facts);
  const differences = compareFacts(strip('recorded', recorded), strip('here', here));
  const gone = meant.filter((deviation) => !differences.some((difference) => says(deviation, difference)));
  const unlisted = differences.filter(
    (difference) => !meant.some((deviation) => says(deviation, difference)),
  );
  return { unlisted, gone, listed: meant.length - gone.length, generally };
}

function says({ field, recorded, here }: Deviation, difference: Difference): boolean {
  return (
    field === difference.field &&
    (recorded === undefined || recorded === textOf(difference.recorded)) &&
    (here?.endsWith('…')
      ? textOf(difference.here)?.startsWith(here.slice(0, -1)) === true
      : here === textOf(difference.here))
  );
}

function textOf(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : inOrder(value);
}

function functionsOf({ input }: Scenario): string[] {
  const blueprints = input.filter(
    (object): object is typeof object & Blueprint => object.kind === 'Blueprint',
  );
  return blueprints
    .flatMap(({ actions }) => Object.values(actions ?? {}))
    .flatMap(({ phases, deferPhase }) => [...(phases ?? []), ...(deferPhase ? [deferPhase] : [])])
    .map(({ func }) => func);
}

async function served(types: ResourceType[]): Promise<boolean> {
  const lists = await Promise.allSettled(types.map((type) => cluster.client.list(type, { limit: 1 })));
  return lists.every(({ status }) => status === 'fulfilled');
}
