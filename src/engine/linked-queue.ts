/** Takes a value out of its queue; without effect when it has left already. */
export type Leave = () => void;

interface Link<T> {
  value: T;
  before: Link<T> | undefined;
  after: Link<T> | undefined;
  left: boolean;
}

/**
 * First in, first out, and out of the middle: every operation takes the same short time, however many stand in it. (In a Map, whoever
 * looks for the first entry walks over all that have left before it.)
 */
export class LinkedQueue<T> {
  #head: Link<T> | undefined;
  #tail: Link<T> | undefined;

  isEmpty(): boolean {
    return this.#head === undefined;
  }

  push(value: T): Leave {
    const link: Link<T> = { value, before: this.#tail, after: undefined, left: false };
    if (this.#tail) this.#tail.after = link;
    else this.#head = link;
    this.#tail = link;
    return () => this.#unlink(link);
  }

  shift(): T | undefined {
    const link = this.#head;
    if (link) this.#unlink(link);
    return link?.value;
  }

  #unlink(link: Link<T>): void {
    if (link.left) return;
    link.left = true;
    if (link.before) link.before.after = link.after;
    else this.#head = link.after;
    if (link.after) link.after.before = link.before;
    else this.#tail = link.before;
  }
}
