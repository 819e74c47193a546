import type { RunObserver } from '../engine/observer.ts';

/** One that passes on to several what it is told, each as far as it wants to know. */
export function observers(...all: readonly Partial<RunObserver>[]): RunObserver {
  return {
    actionSetEnded: (ended) => all.forEach((observer) => observer.actionSetEnded?.(ended)),
    actionEnded: (ended) => all.forEach((observer) => observer.actionEnded?.(ended)),
    phaseEnded: (ended) => all.forEach((observer) => observer.phaseEnded?.(ended)),
    attemptEnded: (ended) => all.forEach((observer) => observer.attemptEnded?.(ended)),
    stepEnded: (ended) => all.forEach((observer) => observer.stepEnded?.(ended)),
    phaseRunning: (phase) => {
      const left = all.map((observer) => observer.phaseRunning?.(phase));
      return () => left.forEach((leave) => leave?.());
    },
  };
}
