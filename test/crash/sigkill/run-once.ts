import { setTimeout as delay } from 'node:timers/promises';
import { ACTION_SETS, API_VERSION } from '../../../src/api/kanister/types.ts';
import type { ActionSet } from '../../../src/api/kanister/types.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import { isUnknown } from '../outcome.ts';
import { judgeWorld } from './judge-world.ts';
import { judge, type Remains } from './judge.ts';
import type { KillPlan } from './kill-plan.ts';
import { liveAndDie, type Lives } from './lives.ts';
import { NEWS, remainsOf } from './remains.ts';
import { startWitness, type Witness } from './witness.ts';
import { works, type Site, type Work } from './works.ts';
import type { Workplace } from './workplace.ts';

/** Milliseconds within which everything must have ended, kills included. */
const PATIENCE = 150_000;

export interface RunReport {
  plan: KillPlan;
  /** None: every promise was kept. */
  violations: string[];
  actionSets: ActionSet[];
  /** How many ended with an unknown outcome, which they may. */
  unknown: number;
  kills: number;
  pauses: number;
  /** How many processes ended because they lost their leadership. */
  losses: number;
  pods: number;
  /** Milliseconds from each SIGKILL until another process held the Lease, and until it wrote to an ActionSet; of kills that had such a successor. */
  toLease: number[];
  toWrite: number[];
  seconds: number;
  /** What to look at when something is wrong. */
  facts: string;
}

export interface RunOptions {
  plan: KillPlan;
  /** What became of the ActionSets in a run without kills; absent in that run itself. */
  undisturbed?: readonly ActionSet[];
  signal: AbortSignal;
}

/**
 * Lets operators run all works, kills or pauses them as planned, and looks at what is left when everything has ended.
 * @throws the reason of `signal`, when no operator is left
 */
export async function runOnce(workplace: Workplace, options: RunOptions): Promise<RunReport> {
  const { client } = workplace.cluster;
  const started = performance.now();
  const site = await workplace.createSite();
  const todo = works(site);
  try {
    const seen = await letLive(workplace, site, todo, options);
    return await reportOf(workplace, site, todo, { ...options, ...seen, started });
  } finally {
    await releaseUnfinished(client, site);
  }
}

interface Seen {
  witness: Witness;
  lives: Lives;
}

async function letLive(
  workplace: Workplace,
  site: Site,
  todo: Work[],
  { plan, signal }: RunOptions,
): Promise<Seen> {
  const { client, kubeconfig } = workplace.cluster;
  const { namespace } = site;
  const witness = await startWitness(client, site);
  const over = new AbortController();
  try {
    const living = liveAndDie({ plan, kubeconfig, namespace, witness, signal: over.signal });
    const broken = Promise.race([failureOf(living), interruption(signal)]);
    broken.catch(() => undefined);
    try {
      await Promise.race([createAll(client, site, todo, plan), broken]);
      await Promise.race([witness.ended(todo.length, AbortSignal.timeout(PATIENCE)), broken]);
      // What comes late after a terminal write shows now.
      await delay(NEWS);
    } finally {
      over.abort();
      await living;
    }
    return { witness, lives: await living };
  } finally {
    await witness.close();
  }
}

async function reportOf(
  workplace: Workplace,
  site: Site,
  todo: Work[],
  { plan, undisturbed, witness, lives, started }: RunOptions & Seen & { started: number },
): Promise<RunReport> {
  const remains = await remainsOf(workplace, site, todo, { witness, lives });
  const actionSets = remains.map(({ actionSet }) => actionSet);
  const violations = [
    ...remains.flatMap((one) =>
      judge(
        one,
        undisturbed?.find((other) => nameOf(other) === one.work.name),
      ),
    ),
    ...(await judgeWorld(workplace, site, actionSets)),
    ...lives.deaths,
  ];
  return {
    plan,
    violations,
    actionSets,
    unknown: actionSets.filter(isUnknown).length,
    kills: lives.kills.length,
    pauses: lives.pauses.length,
    losses: lives.losses.length,
    pods: remains.reduce((sum, { pods }) => sum + pods, 0),
    ...successorTimes(lives.kills, witness),
    seconds: (performance.now() - started) / 1000,
    facts: violations.length === 0 ? '' : factsOf(remains, await workplace.readLedger(site), lives),
  };
}

const failureOf = (living: Promise<unknown>): Promise<never> =>
  new Promise((_resolve, reject) => void living.catch(reject));

const interruption = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

const nameOf = ({ metadata }: ActionSet): string => metadata.name;

async function createAll(
  client: KubernetesClient,
  site: Site,
  todo: Work[],
  { arrivals }: KillPlan,
): Promise<void> {
  await Promise.all(
    todo.map(async (work, index) => {
      await delay(arrivals[index] ?? 0);
      await client.create<ActionSet>(ACTION_SETS, {
        apiVersion: API_VERSION,
        kind: 'ActionSet',
        metadata: { name: work.name, namespace: site.namespace },
        spec: work.spec(site),
      });
    }),
  );
}

/** Of every kill that had a successor before the next one. */
function successorTimes(
  kills: number[],
  { leases, claims }: Witness,
): { toLease: number[]; toWrite: number[] } {
  const toLease: number[] = [];
  const toWrite: number[] = [];
  for (const [index, kill] of kills.entries()) {
    const next = kills[index + 1] ?? Number.POSITIVE_INFINITY;
    const lease = leases.find(({ at }) => at > kill && at < next);
    if (lease === undefined) continue;
    toLease.push(lease.at - kill);
    // A claim before is of the killed process: it was on its way.
    const claim = claims.find(({ at }) => at > lease.at && at < next);
    if (claim) toWrite.push(claim.at - kill);
  }
  return { toLease, toWrite };
}

function factsOf(remains: Remains[], ledger: string[], { kills, pauses, logs }: Lives): string {
  const states = remains.map(({ actionSet }) =>
    JSON.stringify({ ...actionSet.metadata, managedFields: undefined, status: actionSet.status }),
  );
  return [
    `kills at ${kills.join(', ')}, pauses at ${pauses.join(', ')}`,
    ...states,
    'ledger:',
    ...ledger,
    ...logs(),
  ].join('\n');
}

/** Nobody is left who could: their namespace could not go. */
async function releaseUnfinished(client: KubernetesClient, { namespace }: Site): Promise<void> {
  const { items } = await client.list<ActionSet>(ACTION_SETS, { namespace });
  for (const actionSet of items) {
    if (!actionSet.metadata.finalizers?.length) continue;
    const { finalizers: _finalizers, ...metadata } = actionSet.metadata;
    await client.replace(ACTION_SETS, { ...actionSet, metadata });
  }
}
