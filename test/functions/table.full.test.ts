import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functions } from '../../src/functions/index.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { openTestCluster, type TestCluster } from '../integration/test-cluster.ts';
import { readIntegrationSettings } from '../integration/settings.ts';
import { commonCases } from './common-cases.ts';
import { emptyCells, printTable } from './function-table.ts';
import type { FunctionCases } from './function-case.ts';
import { createFunctionWorld, type FunctionWorld } from './function-world.ts';
import { generatedCases } from './generated-cases.ts';

const FOLDER = join(import.meta.dirname, 'cases');
const PLACE = readIntegrationSettings(process.env).cluster === undefined ? 'sandbox' : 'cluster';

let cluster: TestCluster;
let sharedWorld: FunctionWorld;
beforeAll(async () => {
  cluster = await openTestCluster({ rbac: true });
  sharedWorld = createFunctionWorld(cluster, await cluster.createBed());
  sharedWorld.startOperator();
}, 120_000);
afterAll(async () => {
  await cluster?.close();
}, 240_000);

const rows: FunctionCases[] = [];
const unreadable: string[] = [];
for (const file of readdirSync(FOLDER).toSorted()) {
  try {
    const { cases } = (await import(join(FOLDER, file))) as { cases: FunctionCases };
    rows.push(cases);
  } catch (error) {
    unreadable.push(`${file}: ${String(error)}`);
  }
}

it('every row can be read', () => {
  expect(unreadable).toEqual([]);
});

it('every function has a row', () => {
  expect(rows.map((row) => row.function).toSorted()).toEqual(functions.map(({ name }) => name).toSorted());
});

it('every cell shows something, or says why not', () => {
  expect(emptyCells(table)).toEqual([]);
});

const table: FunctionCases[] = [];
for (const definition of functions) {
  const { name: func } = definition;
  const row = rows.find((one) => one.function === func) ?? { function: func, cases: [] };
  const generated = generatedCases(definition);
  const others = [...commonCases(definition), ...row.cases];
  table.push({ ...row, cases: [...generated, ...others] });
  describe.concurrent(`${func} on the ${PLACE}`, () => {
    for (const { aspect, name, timeout = 120_000, run } of generated) {
      it(`${aspect}: ${name}`, { timeout }, async () => {
        await expect(run(sharedWorld)).resolves.toBeUndefined();
      });
    }
    for (const { aspect, name, only, timeout = 120_000, run } of others) {
      const elsewhere = only !== undefined && only.on !== PLACE;
      it.skipIf(elsewhere)(`${aspect}: ${name}`, { timeout }, async () => {
        const world = createFunctionWorld(cluster, await cluster.createBed());
        await run(world);
        expect(await remainsOf(world)).toEqual([]);
      });
    }
  });
}

afterAll(() => {
  process.stdout.write(`\n${printTable(table, PLACE)}\n`);
});

/** Pods that functions made and that stay, after what a deletion may take. */
async function remainsOf(world: FunctionWorld): Promise<string[]> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await world.jobPods()).length === 0) return [];
    await systemClock.sleep(100);
  }
  return (await world.jobPods()).map(({ metadata }) => metadata.name ?? '');
}
