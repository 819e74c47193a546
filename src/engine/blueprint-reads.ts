import { BLUEPRINTS, type Blueprint } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';

/** Milliseconds that a reading is used for ActionSets that were known when it began. */
const LONGEST_USE = 100;

/**
 * Reads Blueprints: hundreds of ActionSets that come at once use one reading together. None of them sees a Blueprint as it was before the
 * ActionSet was there, nor as it was more than a tenth of a second before its turn came.
 */
export interface BlueprintReads {
  /**
   * @param since when the ActionSet was known, on the monotonic clock
   * @throws {ApiError} and what else a GET throws
   */
  read(name: { name: string; namespace: string }, since: number): Promise<Blueprint>;
}

interface Reading {
  begun: number;
  blueprint: Promise<Blueprint>;
}

export function createBlueprintReads(client: KubernetesClient, clock: Clock): BlueprintReads {
  // In the order in which they began.
  const readings = new Map<string, Reading>();

  const forgetOld = (now: number) => {
    for (const [key, { begun }] of readings) {
      if (now - begun <= LONGEST_USE) return;
      readings.delete(key);
    }
  };

  return {
    read({ name, namespace }, since) {
      const now = clock.monotonic();
      forgetOld(now);
      const key = `${namespace}/${name}`;
      const known = readings.get(key);
      if (known !== undefined && known.begun > since) return known.blueprint;
      const reading = { begun: now, blueprint: client.get<Blueprint>(BLUEPRINTS, { name, namespace }) };
      readings.delete(key);
      readings.set(key, reading);
      // Who comes next asks anew.
      reading.blueprint.catch(() => {
        if (readings.get(key) === reading) readings.delete(key);
      });
      return reading.blueprint;
    },
  };
}
