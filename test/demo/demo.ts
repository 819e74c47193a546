/**
 * The project in a minute, on one machine with Node and nothing else: a PostgreSQL in the sandbox loses a table, and the
 * programs of dist/ (operator, kanctl, kando) bring it back. Exits with 1 and the reason when any promise is broken.
 *
 *   npm run demo [-- --keep] [-- --postgres=system|npm]
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { applyManifest } from './apply-manifest.ts';
import { connectionOf, deploymentAvailable, readyPodOf } from './cluster.ts';
import { createNarration } from './narration.ts';
import type { Narration } from './narration.ts';
import { dropOrders, fingerprint, loadOrders, ordersExist, withDatabase } from './orders.ts';
import { runKanctl } from './run-kanctl.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { storedObjects } from './stored-objects.ts';
import { waitUntil } from './wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');
const OPERATOR = { namespace: 'kanister', name: 'kanister-operator' };
const DATABASE = { namespace: 'default', name: 'postgresql' };
/** The one that the sandbox offers for its own store. */
const PROFILE = 'default/sandbox';
const ORDERS = 10_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const { keep, postgres } = parseArgs({
    options: { keep: { type: 'boolean', default: false }, postgres: { type: 'string' } },
  }).values;
  if (postgres !== undefined && postgres !== 'system' && postgres !== 'npm') {
    console.error(`--postgres: expected "system" or "npm", found "${postgres}"`);
    return 2;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt.abort(new Error(`stopped by ${signal}`)));
  }
  // A reader that is gone (`| head`) ends the demo like ^C: containers must not outlive it.
  process.stdout.on('error', (error) => interrupt.abort(error));
  const { signal } = interrupt;
  const narration = createNarration(process.stdout, systemClock);
  try {
    await requirePrograms();
    narration.heading('PostgreSQL loses a table, and gets it back');
    const stage = await narration.step(
      'Sandbox started',
      () => openStage({ signal, source: postgres }),
      ({ url, store }) => `Kubernetes API ${url}, S3 store ${store.endpoint}`,
    );
    try {
      await story({ narration, stage, signal });
      await (keep ? stayOpen(narration, stage, signal) : farewell(narration));
    } finally {
      await stage.close();
    }
    return 0;
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return signal.aborted ? 130 : 1;
  }
}

async function requirePrograms(): Promise<void> {
  for (const name of ['kanister-operator', 'kanctl', 'kando']) {
    const program = join(ROOT, 'dist', `${name}.js`);
    await access(program).catch(() => {
      throw new Error(`expected the built program ${program}, found none: run "npm run build"`);
    });
  }
}

interface Scene {
  narration: Narration;
  stage: Stage;
  signal: AbortSignal;
}

async function story(scene: Scene): Promise<void> {
  const { signal } = scene;
  const { step, heading } = scene.narration;
  const { client: kubernetes, postgres, store } = scene.stage;
  const apply = (example: string, namespace: string) =>
    applyManifest(kubernetes, join(ROOT, 'examples', example), { namespace, signal });
  const patience = (what: string) => ({ what, clock: systemClock, signal, timeout: 60_000 });

  await step(
    `PostgreSQL ${postgres.version} runs as a StatefulSet with a volume of its own`,
    async () => {
      await apply('postgresql/statefulset.yaml', DATABASE.namespace);
      return waitUntil(() => readyPodOf(kubernetes, DATABASE), patience('a ready PostgreSQL'));
    },
    (pod) => `pod ${pod.name} at ${pod.address}`,
  );
  const database = await connectionOf(kubernetes, DATABASE);
  const before = await step(
    `${ORDERS.toLocaleString('en')} orders loaded`,
    () =>
      withDatabase(database, async (connection) => {
        await loadOrders(connection, ORDERS);
        return fingerprint(connection);
      }),
    ({ checksum }) => `checksum ${checksum}`,
  );
  await step('Kanister’s operator runs as a Deployment', async () => {
    await apply('sandbox/operator.yaml', OPERATOR.namespace);
    await waitUntil(() => deploymentAvailable(kubernetes, OPERATOR), patience('a running operator'));
  });
  await step('Blueprint “postgresql” created', () => apply('postgresql/blueprint.yaml', OPERATOR.namespace));

  heading('Back it up');
  await act(scene, 'backup', [
    '--blueprint=postgresql',
    '--statefulset=default/postgresql',
    `--profile=${PROFILE}`,
  ]);
  await step(
    'The store holds the dump',
    async () => {
      const [dump, ...others] = await storedObjects(store, signal);
      if (!dump || others.length > 0)
        throw new Error(`expected 1 object, found ${dump ? others.length + 1 : 0}`);
      return dump;
    },
    ({ key, size }) => `${key}, ${Math.ceil(size / 1024)} KiB`,
  );

  heading('Lose the table');
  await step('DROP TABLE orders', async () => {
    await withDatabase(database, dropOrders);
    if (await withDatabase(database, ordersExist)) throw new Error('the table is still there');
  });

  heading('Get it back');
  await act(scene, 'restore', ['--from=backup', `--profile=${PROFILE}`]);
  await step(
    'Every order is back, byte for byte',
    async () => {
      const after = await withDatabase(database, fingerprint);
      if (after.rows === before.rows && after.checksum === before.checksum) return after;
      throw new Error(`expected ${JSON.stringify(before)}, found ${JSON.stringify(after)}`);
    },
    ({ rows, checksum }) => `${rows.toLocaleString('en')} orders, checksum ${checksum}`,
  );

  heading('Delete the backup');
  await act(scene, 'delete', ['--from=backup', `--profile=${PROFILE}`]);
  await step('The store is empty', async () => {
    const objects = await storedObjects(store, signal);
    if (objects.length > 0)
      throw new Error(`expected none, found ${objects.map(({ key }) => key).join(', ')}`);
  });

  heading('What happened');
  await show(scene, ['get', 'actionset']);
  for (const name of ['backup', 'restore']) {
    scene.narration.line();
    await show(scene, ['watch', 'actionset', name]);
  }
}

/** Has kanctl create an ActionSet of that name for the action of that name, and waits until it is complete. */
async function act(scene: Scene, action: string, args: string[]): Promise<void> {
  await show(scene, ['create', 'actionset', `--name=${action}`, `--action=${action}`, ...args]);
  await scene.narration.step(`ActionSet “${action}” complete`, () =>
    kanctl(scene, ['watch', 'actionset', action]),
  );
}

async function show(scene: Scene, args: string[]): Promise<void> {
  scene.narration.command(['kanctl', ...args].join(' '));
  scene.narration.quote(await kanctl(scene, args));
}

function kanctl({ stage, signal }: Scene, args: string[]): Promise<string> {
  const program = join(ROOT, 'dist', 'kanctl.js');
  const { kubeconfig } = stage;
  return runKanctl([...args, `--namespace=${OPERATOR.namespace}`], { program, kubeconfig, signal });
}

async function stayOpen(narration: Narration, stage: Stage, signal: AbortSignal): Promise<void> {
  narration.heading('The sandbox stays until you press Ctrl-C. Meanwhile, in another terminal');
  narration.command(`export KUBECONFIG=${stage.kubeconfig}`);
  narration.command(`npx kanctl get actionset --namespace ${OPERATOR.namespace}`);
  narration.command('kubectl get pods --all-namespaces');
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

async function farewell(narration: Narration): Promise<void> {
  narration.heading('Try next');
  narration.command('npm run demo -- --keep   # leaves all of it running for a look around');
  narration.command('npx kanctl sandbox up    # an empty one, for Blueprints of your own');
}
