import { awaitTurn } from './await-turn.ts';
import { FairQueue } from './fair-queue.ts';
import type { Place, Places } from './places.ts';

/** Namespaces, and in each of them ActionSets. */
const LEVELS = 2;

/** @param limit places in all, 1 or more */
export function createPlaces(limit: number): Places {
  if (!(limit >= 1)) throw new RangeError(`at least one place is needed for work to go on, not ${limit}`);
  const queue = new FairQueue<(place: Place) => void>(LEVELS);
  let taken = 0;
  let waiting = 0;

  const newPlace = (): Place => {
    let held = true;
    return {
      release() {
        if (!held) return;
        held = false;
        passOn();
      },
    };
  };
  /** From hand to hand: nobody who comes between can take it. */
  const passOn = () => {
    const grant = queue.shift();
    if (grant === undefined) {
      taken -= 1;
      return;
    }
    waiting -= 1;
    grant(newPlace());
  };
  const tryTake = (): Place | undefined => {
    if (taken >= limit) return undefined;
    taken += 1;
    return newPlace();
  };
  return {
    tryTake,
    async take({ namespace, uid }, signal) {
      signal.throwIfAborted();
      const free = tryTake();
      if (free) return free;
      return awaitTurn<Place>(signal, (grant) => {
        const leave = queue.push([namespace, uid], grant);
        waiting += 1;
        return () => {
          leave();
          waiting -= 1;
        };
      });
    },
    get taken() {
      return taken;
    },
    get waiting() {
      return waiting;
    },
  };
}
