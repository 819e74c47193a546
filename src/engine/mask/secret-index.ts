import { SHORTEST_FORM } from './secret-forms.ts';
import { createStartFilter } from './start-filter.ts';

/** A part of a text, with the Secret that it comes from. */
export interface SecretSpan {
  from: number;
  to: number;
  source: string;
}

/** A text to look for. */
export interface SecretText {
  text: string;
  source: string;
}

/** Pieces of long values are found from this many characters on, wherever in the value they come from. */
export const SHORTEST_PIECE = 24;

/** Of long values every eighth place is known, so that a piece has at least one of them in it with its next eight characters. */
const STRIDE = SHORTEST_FORM;
/** Beginnings of secrets at the end of one text that are told. */
const MOST_OPEN = 8;
/** Places of a long value that begin alike, as those of blanks and zeros do; more are not looked at. */
const MOST_ALIKE = 8;

export interface SecretIndex {
  /** Texts of eight characters, one of which stands wherever `find` finds anything but a short credential. */
  starts(): Iterable<string>;
  /** Whether there are credentials of fewer than eight characters. */
  hasShort: boolean;
  /** Where secrets stand: whole ones, pieces of long ones, and the beginnings of those that are cut off at the end or before `…`. */
  find(text: string): SecretSpan[];
  /** The longest secret that stands at the beginning of the text: how much of it is there, and whether the text ends before it does. */
  atStart(text: string): { length: number; isCut: boolean; source: string } | undefined;
  /** Places from which to the end of the text stands the beginning of a secret that goes on after it; the longest first, eight at most. */
  openEnds(text: string): { from: number; whole: number; source: string }[];
}

/**
 * All secrets at once: the time for a text does not depend on how many there are, nor on how many begin alike.
 * @param forms whole values; `values` are long ones, of which pieces are looked for
 */
export function createSecretIndex(forms: SecretText[], values: SecretText[]): SecretIndex {
  const short = forms.filter(({ text }) => text.length < SHORTEST_FORM);
  const sorted = sortForms(forms.filter(({ text }) => text.length >= SHORTEST_FORM));
  const parents = longestPrefixes(sorted);
  const places = indexPlaces(values);
  const filter = createStartFilter(sorted.length + places.size);
  for (const { text } of sorted) filter.add(text);
  for (const gram of places.keys()) filter.add(gram);
  const longest = sorted.reduce((most, { text }) => Math.max(most, text.length), 0);
  const firsts = new Set(sorted.map(({ text }) => text.charCodeAt(0)));

  /** How much of the form stands at `at`, and its place in the order: forms before it are smaller than the text there. */
  const lookUp = (text: string, at: number): FormMatch => {
    let low = 0;
    let high = sorted.length;
    let before = 0;
    let after = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const form = sorted[middle]?.text ?? '';
      const common = commonLength(text, at, form, Math.min(before, after));
      const isSmaller =
        common === form.length || form.charCodeAt(common) < (text.charCodeAt(at + common) || 0);
      if (isSmaller) {
        low = middle + 1;
        before = common;
      } else {
        high = middle;
        after = common;
      }
    }
    let whole = low - 1;
    while (whole >= 0 && !text.startsWith(sorted[whole]?.text ?? '', at)) whole = parents[whole] ?? -1;
    const cut = before >= after ? low - 1 : low;
    return { whole: sorted[whole], common: Math.max(before, after), cut: sorted[cut] };
  };

  const cutOrWhole = (text: string, at: number) => {
    const { whole, common, cut } = lookUp(text, at);
    const end = at + common;
    const isCut = cut !== undefined && common < cut.text.length && (end >= text.length || text[end] === '…');
    if (isCut && common > (whole?.text.length ?? 0)) {
      return { length: common, isCut: true, source: cut.source };
    }
    return whole && { length: whole.text.length, isCut: false, source: whole.source };
  };

  const find = (text: string): SecretSpan[] => {
    const spans = findShort(text, short);
    let end = 0;
    filter.scan(text, (at) => {
      if (end === text.length) return;
      const form = cutOrWhole(text, at);
      if (form && form.length >= SHORTEST_FORM && at + form.length > end) {
        end = at + form.length;
        spans.push({ from: at, to: end, source: form.source });
      }
      if (at + STRIDE <= end || places.size === 0) return;
      const piece = longestPiece(text, at, places.get(text.slice(at, at + STRIDE)) ?? []);
      if (piece) {
        end = Math.max(end, piece.to);
        spans.push(piece);
      }
    });
    return spans;
  };

  return {
    *starts() {
      for (const { text } of sorted) yield text.slice(0, SHORTEST_FORM);
      yield* places.keys();
    },
    hasShort: short.length > 0,
    find,
    atStart: (text) => (firsts.has(text.charCodeAt(0)) ? cutOrWhole(text, 0) : undefined),
    openEnds(text) {
      const ends: { from: number; whole: number; source: string }[] = [];
      const look = (at: number) => {
        if (ends.length >= MOST_OPEN || !firsts.has(text.charCodeAt(at))) return;
        const { common, cut } = lookUp(text, at);
        if (cut && at + common === text.length && common < cut.text.length)
          ends.push({ from: at, whole: cut.text.length, source: cut.source });
      };
      // What begins before is shorter than what follows it.
      const first = Math.max(0, text.length - longest);
      filter.scan(first === 0 ? text : text.slice(first), (at) => look(first + at));
      for (let at = Math.max(0, text.length - SHORTEST_FORM + 1); at < text.length; at++) look(at);
      return ends;
    },
  };
}

interface FormMatch {
  whole: SecretText | undefined;
  common: number;
  /** The form of which `common` characters stand there. */
  cut: SecretText | undefined;
}

interface Place {
  value: SecretText;
  offset: number;
}

function sortForms(forms: SecretText[]): SecretText[] {
  const unique = new Map(forms.map((form) => [form.text, form]));
  return [...unique.values()].toSorted((a, b) => (a.text < b.text ? -1 : 1));
}

/** For each form the longest other one that it begins with: where the longer one does not stand, that one may. */
function longestPrefixes(sorted: SecretText[]): Int32Array {
  const parents = new Int32Array(sorted.length).fill(-1);
  const open: number[] = [];
  for (const [index, { text }] of sorted.entries()) {
    while (open.length > 0 && !text.startsWith(sorted[open.at(-1) ?? 0]?.text ?? '')) open.pop();
    parents[index] = open.at(-1) ?? -1;
    open.push(index);
  }
  return parents;
}

function commonLength(text: string, at: number, form: string, known: number): number {
  const most = Math.min(form.length, text.length - at);
  let length = known;
  while (length < most && text.charCodeAt(at + length) === form.charCodeAt(length)) length += 1;
  return length;
}

function indexPlaces(values: SecretText[]): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const value of values) {
    for (let offset = 0; offset + STRIDE <= value.text.length; offset += STRIDE) {
      const gram = value.text.slice(offset, offset + STRIDE);
      const alike = places.get(gram);
      if (alike === undefined) places.set(gram, [{ value, offset }]);
      else if (alike.length < MOST_ALIKE) alike.push({ value, offset });
    }
  }
  return places;
}

function longestPiece(text: string, at: number, places: Place[]): SecretSpan | undefined {
  let longest: SecretSpan | undefined;
  for (const { value, offset } of places) {
    let from = 0;
    while (from < Math.min(at, offset) && text[at - from - 1] === value.text[offset - from - 1]) from += 1;
    const to = at + commonLength(text, at, value.text.slice(offset), 0);
    const length = to - (at - from);
    if (length >= SHORTEST_PIECE && length > (longest ? longest.to - longest.from : 0))
      longest = { from: at - from, to, source: value.source };
  }
  return longest;
}

function findShort(text: string, forms: SecretText[]): SecretSpan[] {
  const spans: SecretSpan[] = [];
  for (const { text: form, source } of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
      if (form.length >= SHORTEST_INSIDE || isWord(text, at, at + form.length))
        spans.push({ from: at, to: at + form.length, source });
    }
  }
  return spans;
}

/** A shorter credential is hidden where it stands alone: hiding one letter everywhere would hide all. */
const SHORTEST_INSIDE = 4;

function isWord(text: string, from: number, to: number): boolean {
  const isLetter = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}]/u.test(character);
  return !isLetter(text[from - 1]) && !isLetter(text[to]);
}
