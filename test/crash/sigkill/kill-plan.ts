import { seededRandom } from '../seeded-random.ts';

/** When the signal is sent: counted from the moment at which it was started, or began to lead in the place of another. */
export type Moment =
  | { milliseconds: number }
  /** The change of an ActionSet or pod, counted from 1, and how long after it. */
  | { change: number; milliseconds: number };

export interface KillPlan {
  seed: number;
  /** `SIGSTOP`: the leader only sleeps, until another one leads, and wakes up beside it. */
  signal: 'SIGKILL' | 'SIGSTOP';
  /** `same`: the process is started again. `other`: another one stands by, and waits until the Lease has expired. */
  successor: 'same' | 'other';
  kills: Moment[];
  /** Milliseconds after the start at which each ActionSet is created. */
  arrivals: number[];
}

/** Kills cluster around writes: what is between two of them is where something can be lost. */
export function killPlan(seed: number, actionSets: number): KillPlan {
  const random = seededRandom(seed, 'sigkill');
  const successor = random.chance(0.25) ? 'other' : 'same';
  // A Lease takes long to expire.
  const count = 1 + random.integer(successor === 'same' ? 4 : 2);
  const moment = (): Moment =>
    random.chance(0.6)
      ? { change: 1 + random.integer(40), milliseconds: random.integer(40) }
      : { milliseconds: random.integer(5_000) };
  const signal = successor === 'other' && seededRandom(seed, 'sigstop').chance(0.4) ? 'SIGSTOP' : 'SIGKILL';
  return {
    seed,
    signal,
    successor,
    kills: Array.from({ length: count }, moment),
    arrivals: Array.from({ length: actionSets }, () => random.integer(1_500)),
  };
}

export function describeKillPlan({ signal, successor, kills }: KillPlan): string {
  const moments = kills.map((moment) =>
    'change' in moment ? `change ${moment.change} + ${moment.milliseconds} ms` : `${moment.milliseconds} ms`,
  );
  const who = successor === 'same' ? 'started again' : 'another stands by';
  return `${who}, ${signal} at ${moments.join(', ') || 'no time'}`;
}
