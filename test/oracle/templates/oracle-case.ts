import type { MissingKey } from '../../../src/gotemplate/index.ts';
import type { TypedData } from './typed-data.ts';

/** One template, and what it is rendered with. */
export interface OracleCase {
  template: string;
  data?: TypedData;
  /** `error` when absent, as Kanister renders. */
  missingKey?: MissingKey;
  /** Besides text/template's own: sprig as Kanister offers it, which is what is meant when absent, with sprig 3's additions, or nothing. */
  functions?: 'kanister' | 'additions' | 'none';
  /** What `now` says, in RFC 3339. */
  now?: string;
  /** Name of the template; `config` when absent. */
  name?: string;
}

/** What came of it: a text, or an error's. */
export type Answer = { output: string } | { error: string };

/** Cases that prove one thing: a function, an action, a form of literal, a verb. */
export interface CaseGroup {
  /** What is proven: `index`, `{{range}}`, `%d`. */
  subject: string;
  cases: OracleCase[];
}

/** The fewest cases of a subject, and how many of these have to be failures. */
export const ENOUGH = { cases: 10, failures: 3 };

/** A case that only has a text, or shares the data of its neighbours. */
export function casesOf(
  templates: readonly string[],
  shared: Omit<OracleCase, 'template'> = {},
): OracleCase[] {
  return templates.map((template) => ({ template, ...shared }));
}

/**
 * A text without what can't be the same: the addresses that pointers inside something print as, and how deep templates may nest, for which
 * Go has more room.
 */
export function comparable(text: string): string {
  return text
    .replace(/0x[0-9a-f]{10,12}(?![0-9a-f])/g, '0xc000000000')
    .replace(/exceeded maximum template depth \(\d+\)/, 'exceeded maximum template depth (100000)');
}
