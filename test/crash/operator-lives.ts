import pino from 'pino';
import type { Mask } from '../../src/engine/mask.ts';
import { Masks } from '../../src/engine/masks.ts';
import type { FunctionDefinition } from '../../src/engine/function.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import { observers } from '../../src/operator/observers.ts';
import type { CrashPlan } from './crash-plan.ts';
import { crashFunctions } from './crash-functions.ts';
import type { EventQueue } from './event-queue.ts';
import { seededRandom } from './seeded-random.ts';
import { createSimulatedProcess, type SimulatedProcess } from './simulated-process.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import type * as realSystem from './system-under-test.ts';

export type System = typeof realSystem;

/** A defect that is planted at the border of a process, to see whether it is found. */
export interface PlantedSeam {
  transport?(transport: Transport): Transport;
  functions?(functions: FunctionDefinition[]): FunctionDefinition[];
}

export interface LivesOptions {
  world: SimulatedWorld;
  queue: EventQueue;
  plan: CrashPlan;
  system: System;
  seam?: PlantedSeam | undefined;
  violation(text: string): void;
}

/** An operator, as its Deployment keeps it: whenever its process ends, another one begins. */
export interface OperatorLives {
  /** One more process, beside those that are there. */
  start(): void;
  /** SIGTERM to all that live. */
  stop(): void;
  living(): SimulatedProcess[];
  all(): readonly SimulatedProcess[];
  /**
   * Ends what the dead wait for, when nothing of it matters any more: Node keeps every signal that somebody listens to and that was made
   * from others, and with it all of a run.
   */
  bury(): void;
}

interface Life {
  process: SimulatedProcess;
  stop: AbortController;
  masks: CountedMasks;
}

/** What a process holds of secrets must go with the run that needed it. */
class CountedMasks extends Masks {
  readonly held = new Set<Mask>();

  override add(mask: Mask): void {
    this.held.add(mask);
    super.add(mask);
  }

  override delete(mask: Mask): void {
    this.held.delete(mask);
    super.delete(mask);
  }
}

const MOST_PROCESSES = 40;

export function createOperatorLives(options: LivesOptions): OperatorLives {
  const { world, queue, plan, system, seam = {}, violation } = options;
  const all: SimulatedProcess[] = [];
  const lives: Life[] = [];
  const living = new Set<Life>();
  let isStopping = false;
  let isOver = false;

  const start = () => {
    if (isStopping) return;
    if (all.length >= MOST_PROCESSES) return violation('the operator ends again and again');
    const index = all.length;
    const process = createSimulatedProcess({
      index,
      queue,
      server: world.transport,
      plan,
      connectionLost: (what) =>
        new system.ConnectionFailed(`the connection was lost: ${what.slice(0, 80)}`, {
          sent: true,
          transient: true,
        }),
      onArrival: (writer) => world.history.setWriter(writer),
      edit: (path) => world.edit(path),
      isTooLate: (what) => world.isForEndedRun(what),
      onCrash: () => end(life),
      violation,
    });
    const life: Life = { process, stop: new AbortController(), masks: new CountedMasks() };
    all.push(process);
    lives.push(life);
    living.add(life);
    run(life)
      .then(
        (how) => queue.note(`process ${index} ends: ${how}`),
        (error: unknown) => queue.note(`process ${index} ends: ${String(error)}`),
      )
      .finally(() => {
        if (isOver) return;
        refuseRemains(life);
        end(life);
      });
  };

  const end = (life: Life) => {
    living.delete(life);
    queue.after(plan.restartAfter, start);
  };

  const run = ({ process, stop, masks }: Life) => {
    const functions = [
      ...system.functions,
      ...crashFunctions(async (effect) => {
        world.invariants.begins(effect);
        await process.effect(`effect ${effect.phase}/${effect.step}`, () => world.invariants.happens(effect));
      }),
    ];
    const { transport, clock } = system.followServerTime(
      seam.transport?.(process.transport) ?? process.transport,
      process.clock,
    );
    const identity = plan.leading === 'same-pod' ? 'pod' : `pod-${process.index}`;
    const flags = plan.leading === 'no-lease' ? ['--no-leader-election'] : [];
    const argv = ['--namespace', 'kanister', '--identity', identity, ...flags];
    const env = { POD_SERVICE_ACCOUNT: 'operator', CREATEORUPDATE_CRDS: 'false' };
    return system.runOperator({
      settings: { ...system.readSettings(argv, env, 'test'), namespace: 'kanister' },
      client: system.createClient(transport, { clock }),
      clock,
      random: seededRandom(plan.seed, 'spread', process.index).next,
      log: pino({ level: 'silent', timestamp: false }),
      masks,
      functions: seam.functions?.(functions) ?? functions,
      observer: observers(),
      stop: stop.signal,
    });
  };

  const refuseRemains = ({ process, masks }: Life) => {
    const { index, clock } = process;
    // A process that stands still while it is stopped leaves what it waits for, as one that is killed does.
    if (process.wasPaused()) return;
    if (masks.held.size > 0) violation(`I8: process ${index} ends, and keeps the secrets of a run`);
    if (clock.sleeping() > 0)
      violation(`I8: process ${index} ends, and ${clock.sleeping()} timers of it do not`);
    if (process.open().length > 0) violation(`I8: process ${index} ends during ${process.open().join(', ')}`);
  };

  return {
    start,
    stop() {
      isStopping = true;
      for (const { stop } of living) stop.abort(new Error('the suite ends'));
    },
    bury() {
      isOver = true;
      for (const { stop } of lives) stop.abort(new Error('the run is over'));
    },
    living: () => [...living].map(({ process }) => process),
    all: () => all,
  };
}
