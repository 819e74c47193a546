import type { Place, PlaceOwner, Places } from './places.ts';

/** The place of one action, which it has while it works and not while it waits. */
export interface WorkPlace {
  /** Waits until there is one, unless one is handed over. After a cancel nobody waits: what is left to do needs none. */
  begin(handed?: Place): Promise<void>;
  /** Gives the place back for as long as `wait` takes. Waits may overlap; the place is taken again when the last one has ended. */
  idle<T>(wait: () => Promise<T>): Promise<T>;
  end(): void;
}

/** `over`: the run is to end, and puts things away. */
export function createWorkPlace(places: Places, owner: PlaceOwner, over: AbortSignal): WorkPlace {
  let place: Place | undefined;
  let waits = 0;
  let hasEnded = false;

  const take = async () => {
    // Rejects when the run is to end meanwhile.
    const taken =
      places.tryTake(owner) ??
      (over.aborted ? undefined : await places.take(owner, over).catch(() => undefined));
    // While this one waited, another wait may have begun, or all of it have ended.
    if (hasEnded || waits > 0 || place !== undefined) taken?.release();
    else place = taken;
  };
  const giveBack = () => {
    place?.release();
    place = undefined;
  };

  return {
    async begin(handed) {
      if (handed) place = handed;
      else await take();
    },
    async idle(wait) {
      waits += 1;
      giveBack();
      try {
        return await wait();
      } finally {
        waits -= 1;
        if (waits === 0 && !hasEnded) await take();
      }
    },
    end() {
      hasEnded = true;
      giveBack();
    },
  };
}
