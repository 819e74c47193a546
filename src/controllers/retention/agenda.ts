import type { Clock } from '../../kubernetes/clock.ts';

interface Entry<T> {
  /** Of the monotonic clock. */
  time: number;
  task: T;
}

/**
 * Milliseconds: what is due within the same one of these comes together, so that what it needs is read once for all of it. So long may a
 * task be late.
 */
const GRAIN = 1_000;

/** Tasks for later, whose turn one timer waits for, however many there are. */
export class Agenda<T> {
  readonly #clock: Clock;
  /** A binary heap: no entry is due before that at half its index. */
  readonly #heap: Entry<T>[] = [];
  #earlier = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** @param delay milliseconds; one in the past is due now */
  add(delay: number, task: T): void {
    const time = Math.ceil((this.#clock.monotonic() + Math.max(0, delay)) / GRAIN) * GRAIN;
    const isFirst = time < (this.#heap[0]?.time ?? Infinity);
    this.#rise({ time, task });
    if (isFirst) this.#earlier.abort(EARLIER);
  }

  /** The tasks that are due, once there are any. Rejects with the signal's reason. */
  async due(signal: AbortSignal): Promise<T[]> {
    for (;;) {
      signal.throwIfAborted();
      const now = this.#clock.monotonic();
      const tasks: T[] = [];
      for (let first; (first = this.#heap[0]) && first.time <= now;) {
        tasks.push(first.task);
        this.#removeFirst();
      }
      if (tasks.length > 0) return tasks;
      await this.#untilFirst(now, signal);
    }
  }

  async #untilFirst(now: number, signal: AbortSignal): Promise<void> {
    this.#earlier = new AbortController();
    const wait = Math.min((this.#heap[0]?.time ?? Infinity) - now, LONGEST_SLEEP);
    const woken = AbortSignal.any([signal, this.#earlier.signal]);
    try {
      await this.#clock.sleep(wait, woken);
    } catch (error) {
      if (error !== EARLIER) throw error;
    }
  }

  #rise(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || parent.time <= entry.time) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  /** Puts the last entry into the place of the first, and lets it sink to where it belongs. */
  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if ((heap[childIndex + 1]?.time ?? Infinity) < (heap[childIndex]?.time ?? Infinity)) childIndex += 1;
      const child = heap[childIndex];
      if (!child || child.time >= last.time) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

/** Timers take no more than 24 days. */
const LONGEST_SLEEP = 24 * 60 * 60_000;

const EARLIER = new Error('a task that is due earlier has come');
