import { setTimeout as delay } from 'node:timers/promises';
import type { KillPlan, Moment } from './kill-plan.ts';
import { startOperatorProcess, type OperatorProcess } from './operator-process.ts';
import type { Witness } from './witness.ts';

export interface Lives {
  /** When SIGKILL was sent, in order; milliseconds on `performance`'s clock. */
  kills: number[];
  /** When SIGSTOP was sent. */
  pauses: number[];
  /** When processes lost their leadership, as they do when they slept or the API server does not answer in time: they end like killed ones. */
  losses: number[];
  /** Why other processes ended that nobody killed: none should. */
  deaths: string[];
  /** The logs of all, in the order of their starts. */
  logs(): string[];
}

/**
 * Keeps operators alive, as a cluster does, until the signal aborts; kills or pauses the leading one as the plan says.
 * Resolves when all of them are gone.
 */
export async function liveAndDie(options: {
  plan: KillPlan;
  kubeconfig: string;
  namespace: string;
  witness: Witness;
  signal: AbortSignal;
}): Promise<Lives> {
  const { plan, witness, signal } = options;
  const processes: OperatorProcess[] = [];
  const lives: Lives = {
    kills: [],
    pauses: [],
    losses: [],
    deaths: [],
    logs: () => processes.map((process) => process.log()),
  };
  const alive = new Set<OperatorProcess>();
  /** Whom the plan, or the end, has killed. */
  const killed = new Set<OperatorProcess>();

  const start = () => {
    const identity = plan.successor === 'same' ? 'operator' : `operator-${processes.length}`;
    const started = startOperatorProcess({ ...options, identity });
    processes.push(started);
    alive.add(started);
    void started.ended.then((how) => {
      alive.delete(started);
      if (killed.has(started)) return;
      if (started.log().includes('leadership was lost')) lives.losses.push(performance.now());
      else lives.deaths.push(`${identity} ended by itself with ${how}`);
      if (!signal.aborted) start();
    });
    return started;
  };
  const kill = (process: OperatorProcess) => {
    killed.add(process);
    return process.kill();
  };

  try {
    const first = start();
    await first.leading;
    if (plan.successor === 'other') start();
    for (const moment of plan.kills) {
      await reached(moment, witness, signal);
      const leader = [...alive].find((process) => process.leads()) ?? [...alive][0];
      if (signal.aborted || leader === undefined) break;
      const others = () => [...alive].filter((process) => process !== leader).map(({ leading }) => leading);
      if (plan.signal === 'SIGSTOP') {
        lives.pauses.push(leader.pause());
        await Promise.race([aborted(signal), ...others()]);
        leader.resume();
        await Promise.race([aborted(signal), leader.ended]);
        continue;
      }
      lives.kills.push(await kill(leader));
      start();
      // Who is started again may be killed while it starts; of those that stand by, only one that leads is worth it.
      if (plan.successor === 'other') await Promise.race([aborted(signal), ...others()]);
    }
    await aborted(signal);
  } finally {
    await Promise.all([...alive].map(kill));
  }
  return lives;
}

/** Returns early when the signal aborts. */
async function reached(moment: Moment, witness: Witness, signal: AbortSignal): Promise<void> {
  if ('change' in moment) await witness.change(witness.changes() + moment.change, signal);
  await delay(moment.milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
