/** An ActionSet, as metrics and traces name it. */
export interface ObservedActionSet {
  namespace: string;
  name: string;
  uid: string;
}

/** When something began, whichever process began it, and when it ended. */
export interface Span {
  start: Date;
  end: Date;
}

export interface ObservedAction {
  actionSet: ObservedActionSet;
  /** Its place among the actions of the set, which may share names. */
  index: number;
  blueprint: string;
  action: string;
}

export interface ObservedPhase extends ObservedAction {
  /** Its place among the action's phases; -1 for the deferPhase. */
  position: number;
  phase: string;
  function: string;
}

/** `reason` is that of the Failure: one CamelCase word. */
export type Outcome = { outcome: 'complete' | 'skipped' } | { outcome: 'failed'; reason: string };

/**
 * What metrics and traces are made of: told of what has ended, by the process that ended it. What a process left for its
 * successor is told by that one. Calls must not throw.
 */
export interface RunObserver {
  actionSetEnded(ended: ObservedActionSet & Span & Outcome): void;
  actionEnded(ended: ObservedAction & Span & Outcome): void;
  /** A phase with all its attempts. `bytes` is what its function has moved, where it knows. */
  phaseEnded(ended: ObservedPhase & Span & Outcome & { attempts: number; bytes?: number }): void;
  attemptEnded(ended: ObservedPhase & Span & Outcome & { attempt: number }): void;
  /**
   * A step of a function, as this process did it: what a predecessor has finished is not told again. `namespace` is that of the
   * temporary object which it made, where it made one.
   */
  stepEnded(
    ended: ObservedPhase & Span & Outcome & { attempt: number; step: string; namespace?: string },
  ): void;
  /** A phase was begun or is gone on with by this process. The answer is called when it has left it, for whatever reason. */
  phaseRunning(phase: ObservedPhase): () => void;
}
