import { LinkedQueue, type Leave } from './linked-queue.ts';

/**
 * Values wait under a path of keys: the first keys take turns, then the second ones below each, and under the same path the first
 * to come is the first to go. While a key has something waiting, no other key of its level has two turns before its own.
 * Every operation takes the same short time, however many wait.
 */
export class FairQueue<T> {
  readonly #levels: number;
  readonly #members = new Map<string, Member<T>>();
  readonly #turns = new LinkedQueue<string>();

  /** @param levels how many keys a path has, 1 or more */
  constructor(levels: number) {
    this.#levels = levels;
  }

  isEmpty(): boolean {
    return this.#members.size === 0;
  }

  push([key = '', ...path]: readonly string[], value: T): Leave {
    const member = this.#memberOf(key);
    const { queue } = member;
    const leave = queue instanceof FairQueue ? queue.push(path, value) : queue.push(value);
    return () => {
      leave();
      if (!queue.isEmpty() || this.#members.get(key) !== member) return;
      this.#members.delete(key);
      member.leaveTurns();
    };
  }

  shift(): T | undefined {
    const key = this.#turns.shift();
    const member = key === undefined ? undefined : this.#members.get(key);
    if (key === undefined || member === undefined) return undefined;
    const value = member.queue.shift();
    if (member.queue.isEmpty()) this.#members.delete(key);
    else member.leaveTurns = this.#turns.push(key);
    return value;
  }

  #memberOf(key: string): Member<T> {
    const found = this.#members.get(key);
    if (found) return found;
    const queue = this.#levels > 1 ? new FairQueue<T>(this.#levels - 1) : new LinkedQueue<T>();
    const member = { queue, leaveTurns: this.#turns.push(key) };
    this.#members.set(key, member);
    return member;
  }
}

/** What waits under one key, and the key's place in the order of turns; there only while something waits. */
interface Member<T> {
  queue: FairQueue<T> | LinkedQueue<T>;
  leaveTurns: Leave;
}
