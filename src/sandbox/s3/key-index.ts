/** Values by key, and the keys in S3's order: that of their UTF-8 bytes. Sorting happens when a listing first needs it. */
export interface KeyIndex<T> {
  readonly size: number;
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** All keys in order; not to be changed. */
  sorted(): readonly string[];
  /** Position in `sorted()` of the first key that is not before `key`. */
  lowerBound(key: string): number;
}

export function createKeyIndex<T>(): KeyIndex<T> {
  const values = new Map<string, T>();
  let keys: string[] | undefined;

  const sorted = () => (keys ??= [...values.keys()].toSorted(compareUtf8));

  return {
    get size() {
      return values.size;
    },
    get: (key) => values.get(key),
    set(key, value) {
      if (!values.has(key)) keys = undefined;
      values.set(key, value);
    },
    delete(key) {
      if (values.delete(key)) keys = undefined;
    },
    sorted,
    lowerBound(key) {
      const list = sorted();
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compareUtf8(list[middle] ?? '', key) < 0) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

/** Orders by code points, which is the order of UTF-8 bytes; `<` orders by UTF-16 units, which differs beyond U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    const surrogates = Number(isSurrogate(x)) - Number(isSurrogate(y));
    return surrogates === 0 ? x - y : surrogates;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
