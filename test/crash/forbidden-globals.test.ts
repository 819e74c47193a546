import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { withoutRealTime } from './forbidden-globals.ts';
import { seededRandom } from './seeded-random.ts';

it('a run on virtual time that asks for real time fails, and names the place', async () => {
  const run = withoutRealTime(seededRandom(1), () => systemClock.sleep(0).catch(() => undefined));
  await expect(run).rejects.toThrow(/^the program asked for setTimeout at .*src\/kubernetes\/clock\.ts:\d+/);
});

it('what else lives in the process, as a test runner does, has its time as ever', async () => {
  const foreign = runInThisContext('(done) => setTimeout(done, 0, "its time")') as (
    done: (text: string) => void,
  ) => void;
  const run = withoutRealTime(
    seededRandom(1),
    () => new Promise<string>((resolve) => setImmediate(foreign, resolve)),
  );
  expect(await run).toBe('its time');
});
