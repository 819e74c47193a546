/** At least so many callbacks are run in one turn of the event loop. */
const SHARE = 64;
/** However many wait, about so many turns are enough. */
const TURNS = 16;

/**
 * Runs callbacks in the order in which they come, a share of them in each turn of the event loop. Requests that arrive are served between two turns. So where
 * a thousand watches wait for the same object, each of them gets several of its changes in one write, instead of each change in a write of its own; where few
 * wait, they are told in the next turn.
 */
export function createTurns(): (callback: () => void) => void {
  let waiting: (() => void)[] = [];
  const turn = (): void => {
    const share = waiting.slice(0, Math.max(SHARE, Math.ceil(waiting.length / TURNS)));
    waiting = waiting.slice(share.length);
    if (waiting.length > 0) setImmediate(turn);
    for (const callback of share) callback();
  };
  return (callback) => {
    waiting.push(callback);
    if (waiting.length === 1) setImmediate(turn);
  };
}
