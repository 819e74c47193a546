import type { Mask } from './mask.ts';
import { hide } from './mask/hide.ts';
import type { SecretIndex } from './mask/secret-index.ts';
import { createStartFilter, type StartFilter } from './mask/start-filter.ts';
import { readingsOf } from './mask/text-reading.ts';

/** Beginnings of secrets for which there is room at first. */
const SMALLEST = 4_096;

/**
 * The masks of all runs in progress, through which every line of the log goes. A text is looked at once for the beginnings of all of their
 * secrets, and by each mask only when it has one.
 */
export class Masks {
  readonly #masks = new Set<Mask>();
  /** Those that have learnt of secrets since they were put into the filter. */
  readonly #changed = new Set<Mask>();
  /** Those with credentials that are too short for it. */
  readonly #withShort = new Set<Mask>();
  #filter: StartFilter = createStartFilter(SMALLEST);
  #capacity = SMALLEST;
  #added = 0;

  /** How many runs are in progress. */
  get size(): number {
    return this.#masks.size;
  }

  add(mask: Mask): void {
    this.#masks.add(mask);
    this.#changed.add(mask);
    mask.onChange(() => this.#changed.add(mask));
  }

  delete(mask: Mask): void {
    mask.onChange(() => undefined);
    for (const set of [this.#masks, this.#changed, this.#withShort]) set.delete(mask);
  }

  apply(text: string): string {
    if (this.#masks.size === 0) return text;
    this.#refresh();
    const readings = readingsOf(text);
    const isLikely = this.#mayBegin(text) || readings.some((reading) => this.#mayBegin(reading.text));
    const asked = isLikely ? this.#masks : this.#withShort;
    return hide(
      text,
      [...asked].flatMap((mask) => mask.find(text, readings)),
    );
  }

  #mayBegin(text: string): boolean {
    let found = false;
    this.#filter.scan(text, () => {
      found = true;
    });
    return found;
  }

  #refresh(): void {
    for (const mask of this.#changed) {
      const index = mask.index();
      if (index.hasShort) this.#withShort.add(mask);
      this.#include(index);
    }
    this.#changed.clear();
    if (this.#added > this.#capacity) this.#rebuild();
  }

  #include(index: SecretIndex): void {
    for (const start of index.starts()) {
      this.#filter.add(start);
      this.#added += 1;
    }
  }

  /** Beginnings can't be taken out again: when there is no more room, those of runs that have ended go, and it grows. */
  #rebuild(): void {
    const indexes = [...this.#masks].map((mask) => mask.index());
    const needed = indexes.reduce((sum, index) => sum + [...index.starts()].length, 0);
    this.#capacity = Math.max(SMALLEST, 2 * needed);
    this.#filter = createStartFilter(this.#capacity);
    this.#added = 0;
    for (const index of indexes) this.#include(index);
  }
}
