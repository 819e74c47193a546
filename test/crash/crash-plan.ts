import type { Random } from './seeded-random.ts';

/** What becomes of one call of a process to the world around it. */
export type Trouble =
  /** The process is killed; its request never leaves it. */
  | 'crash-unsent'
  /** The request is done, and the process killed before it hears of it. */
  | 'crash-unanswered'
  /** The process is killed; the request is on its way for another minute, and done when its successor has long looked. */
  | 'crash-late'
  /** The request is done, its answer lost. */
  | 'lost-answer'
  /** Refused without a reason to give up. */
  | 'refused-429'
  | 'refused-500'
  | 'refused-503'
  /** A person labels the object a moment before. */
  | 'edited'
  /** What is open (watches, logs) breaks. */
  | 'broken-streams'
  /** The process stands still for longer than a lease lasts, and then goes on as if nothing had been. */
  | 'paused'
  /** The wall clock jumps by an hour. */
  | 'clock-ahead'
  | 'clock-back';

export const CRASHES: readonly Trouble[] = ['crash-unsent', 'crash-unanswered', 'crash-late'];

const FAULTS: readonly Trouble[] = [
  'lost-answer',
  'refused-429',
  'refused-500',
  'refused-503',
  'edited',
  'broken-streams',
  'paused',
  'clock-ahead',
  'clock-back',
];

export interface Incident {
  /** Processes are counted from 0, in the order of their start. */
  process: number;
  /** Which of its calls, from 1. */
  call: number;
  trouble: Trouble;
}

/** How processes come to lead. */
export type Leading =
  /** Each takes the lease of the one before at once: it is the same pod. */
  | 'same-pod'
  /** Another pod waits until the lease has expired. */
  | 'other-pod'
  /** Without a lease: the claims on the objects alone. */
  | 'no-lease';

/** Everything that makes one run another than the undisturbed one. */
export interface CrashPlan {
  scenario: string;
  /** For the latencies of calls, and all that is not said here. */
  seed: number;
  leading: Leading;
  incidents: readonly Incident[];
  /** Milliseconds after which a second replica begins; without leases both lead. Absent: there is one. */
  secondAt?: number;
  /** Milliseconds between the end of a process and the start of its successor. */
  restartAfter: number;
}

export function undisturbed(scenario: string): CrashPlan {
  return { scenario, seed: 0, leading: 'same-pod', incidents: [], restartAfter: 1_000 };
}

/** Every call of the undisturbed run, with every kind of crash: of `reads` one is as good as the other. */
export function singleCrashes(scenario: string, calls: number, reads: ReadonlySet<number>): CrashPlan[] {
  return Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
    (reads.has(call) ? CRASHES.slice(0, 1) : CRASHES).map((trouble) => ({
      ...undisturbed(scenario),
      incidents: [{ process: 0, call, trouble }],
    })),
  );
}

/** What a seed does to a scenario whose undisturbed run begins so many calls and takes so many milliseconds. */
export function planOfSeed(
  random: Random,
  seed: number,
  scenario: string,
  { calls, time }: { calls: number; time: number },
): CrashPlan {
  const leading = random.pick(['same-pod', 'same-pod', 'other-pod', 'no-lease'] as const);
  const incidents: Incident[] = [];
  let process = 0;
  for (let left = 1 + random.integer(3); left > 0; left -= 1) {
    const trouble = random.pick(random.chance(0.6) ? CRASHES : FAULTS);
    // A successor has less to do.
    const call = 1 + random.integer(process === 0 ? calls : Math.ceil(calls / 2) + 10);
    incidents.push({ process, call, trouble });
    if (CRASHES.includes(trouble)) process += 1;
  }
  const hasSecond = leading === 'same-pod' ? false : random.chance(0.5);
  return {
    scenario,
    seed,
    leading,
    incidents,
    restartAfter: random.pick([10, 1_000, 5_000]),
    ...(hasSecond && { secondAt: random.integer(Math.ceil(time)) }),
  };
}

/** Two processes may be at work at once, and nothing but the claims on the objects keeps them apart. */
export function isSplitBrain({ leading, secondAt }: CrashPlan): boolean {
  return leading === 'no-lease' && secondAt !== undefined;
}

export function describePlan({
  scenario,
  seed,
  leading,
  incidents,
  secondAt,
  restartAfter,
}: CrashPlan): string {
  const parts = incidents.map(({ process, call, trouble }) => `process ${process}, call ${call}: ${trouble}`);
  if (secondAt !== undefined) parts.push(`a second replica after ${secondAt} ms`);
  const troubles = parts.length === 0 ? 'undisturbed' : parts.join('; ');
  return `"${scenario}", seed ${seed}, ${leading}, restart after ${restartAfter} ms: ${troubles}`;
}
