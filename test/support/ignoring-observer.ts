import type { RunObserver } from '../../src/engine/observer.ts';

/** Of an operator whose metrics and traces nobody looks at. */
export const ignoringObserver: RunObserver = {
  actionSetEnded: () => undefined,
  actionEnded: () => undefined,
  phaseEnded: () => undefined,
  attemptEnded: () => undefined,
  stepEnded: () => undefined,
  phaseRunning: () => () => undefined,
};
