import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { followServerTime } from './server-time.ts';
import type { Transport } from './transport.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

/** A server and a machine, each with its own clock; both run on with `pass`. */
function world({ server = 0, machine = 0, latency = 20 } = {}) {
  let elapsed = 5_000;
  const errors = { server, machine };
  const travel = { latency };
  const clock: Clock = {
    now: () => new Date(NOON + elapsed + errors.machine),
    monotonic: () => elapsed,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  };
  const transport: Transport = {
    async send() {
      elapsed += travel.latency;
      const date = new Date(NOON + elapsed + errors.server).toUTCString();
      elapsed += travel.latency;
      return { status: 200, headers: { date }, body: Readable.from([]) };
    },
    connect: () => Promise.reject(new Error('nobody connects here')),
    close: () => Promise.resolve(),
  };
  const followed = followServerTime(transport, clock);
  return {
    errors,
    travel,
    ask: () => followed.transport.send({ method: 'GET', path: '/' }),
    pass: (milliseconds: number) => {
      elapsed += milliseconds;
    },
    /** Milliseconds by which the followed clock is off the server's. */
    error: () => followed.clock.now().getTime() - (NOON + elapsed + errors.server),
    unchanged: () => followed.clock.now().getTime() === clock.now().getTime(),
  };
}

test('a clock that agrees with the server is left as it is', async () => {
  const { ask, pass, unchanged } = world({ server: 0, machine: 300 });
  for (let time = 0; time < 100; time += 1) {
    await ask();
    pass(137);
    expect(unchanged()).toBe(true);
  }
});

test.each([3_600_000, -3_600_000])(
  'a clock that is %i ms off gives the time of the server',
  async (machine) => {
    const { ask, pass, error, errors, unchanged } = world({ machine });
    expect(unchanged()).toBe(true);
    await ask();
    expect(Math.abs(error())).toBeLessThanOrEqual(2_040);
    // Also long after the last answer, and when it is put right.
    pass(86_400_000);
    expect(Math.abs(error())).toBeLessThanOrEqual(2_040);
    errors.machine = 0;
    expect(unchanged()).toBe(true);
  },
);

test('a clock that jumps between two answers does not take the time with it', async () => {
  const { ask, errors, error, pass } = world();
  await ask();
  errors.machine = 3_600_000;
  pass(10);
  expect(Math.abs(error())).toBeLessThanOrEqual(2_040);
});

test('a server whose clock is moved is followed from its next answer', async () => {
  const { ask, errors, error } = world();
  await ask();
  errors.server = -600_000;
  expect(error()).toBe(600_000);
  await ask();
  expect(Math.abs(error())).toBeLessThanOrEqual(2_040);
});

test('an answer that took long says less, and takes nothing back', async () => {
  const { ask, error, travel } = world({ machine: 3_600_000, latency: 30_000 });
  await ask();
  expect(error()).toBeGreaterThan(2_040);
  expect(error()).toBeLessThanOrEqual(33_000);
  travel.latency = 10;
  await ask();
  expect(error()).toBeLessThanOrEqual(2_040);
  travel.latency = 30_000;
  await ask();
  expect(error()).toBeLessThanOrEqual(2_040);
});

test('an answer without a date, or with none that can be read, changes nothing', async () => {
  const clock: Clock = {
    now: () => new Date(NOON),
    monotonic: () => 0,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  };
  const headers: Record<string, string> = {};
  const { transport, clock: followed } = followServerTime(
    {
      send: () => Promise.resolve({ status: 200, headers, body: Readable.from([]) }),
      connect: () => Promise.reject(new Error('nobody connects here')),
      close: () => Promise.resolve(),
    },
    clock,
  );
  await transport.send({ method: 'GET', path: '/' });
  headers['date'] = 'soon';
  await transport.send({ method: 'GET', path: '/' });
  expect(followed.now().getTime()).toBe(NOON);
});
