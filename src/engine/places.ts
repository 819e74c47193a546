/** Whose work it is: namespaces take turns, and so do the ActionSets of a namespace. */
export interface PlaceOwner {
  namespace: string;
  uid: string;
}

/** The right to work, until it is given back. */
export interface Place {
  /** Giving it back twice changes nothing. */
  release(): void;
}

/** How many actions may be at work at once. An action that only waits gives its place back meanwhile. */
export interface Places {
  /** At once where one is free and nobody waits; undefined otherwise. */
  tryTake(owner: PlaceOwner): Place | undefined;
  /** Waits its turn. Rejects with the signal's reason. */
  take(owner: PlaceOwner, signal: AbortSignal): Promise<Place>;
  readonly taken: number;
  readonly waiting: number;
}
