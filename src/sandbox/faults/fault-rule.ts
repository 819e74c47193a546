import type { RequestAttributes } from '../apiserver/auth/request-attributes.ts';

/** Which requests; a field that is absent matches all of them. */
export interface RequestMatch {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  verb?: string | string[];
  /** `''` is the core group. */
  group?: string;
  /** The plural: `pods`. */
  resource?: string;
  /** `''` matches the object itself only. */
  subresource?: string;
  namespace?: string;
  /** Of the object; a create has none. */
  name?: string;
  /** A part of the User-Agent header. */
  userAgent?: string;
}

export type Fault =
  /** It takes longer. */
  | { kind: 'delay'; milliseconds: number }
  /** It is refused, and nothing is done. */
  | { kind: 'answer'; code: 409 | 410 | 429 | 500 | 503; retryAfterSeconds?: number; message?: string }
  /** The connection breaks, before the request is carried out or after it. */
  | { kind: 'reset'; when: 'before' | 'after' }
  /** The connection breaks, and the request is carried out so much later. */
  | { kind: 'late'; milliseconds: number };

export interface FaultRule {
  match?: RequestMatch;
  fault: Fault;
  /** So many matching requests pass first. */
  skip?: number;
  /** How many requests it meets at most. */
  times?: number;
  /** Which share of the others it meets, from 0 to 1; drawn from the seed. */
  probability?: number;
}

export function requestMatches(
  match: RequestMatch,
  { verb, resource }: RequestAttributes,
  userAgent: string,
): boolean {
  const same = (wanted: string | undefined, found: string | undefined): boolean =>
    wanted === undefined || wanted === found;
  const verbs = typeof match.verb === 'string' ? [match.verb] : match.verb;
  return (
    (verbs === undefined || verbs.includes(verb)) &&
    same(match.group, resource?.group) &&
    same(match.resource, resource?.resource) &&
    same(match.subresource, resource?.subresource) &&
    same(match.namespace, resource?.namespace) &&
    same(match.name, resource?.name) &&
    (match.userAgent === undefined || userAgent.includes(match.userAgent))
  );
}

/** @throws {Error} where a rule can never do what it says */
export function checkRule({ match = {}, fault, skip = 0, times = 1, probability = 1 }: FaultRule): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new Error(`a fault's probability must be from 0 to 1, and is ${probability}`);
  }
  if (skip < 0 || times < 1) {
    throw new Error(`a fault can skip 0 or more requests and meet 1 or more, not ${skip} and ${times}`);
  }
  if ('milliseconds' in fault && !(fault.milliseconds >= 0)) {
    throw new Error(`a ${fault.kind} must be 0 milliseconds or more, and is ${fault.milliseconds}`);
  }
  for (const [field, value] of Object.entries(match)) {
    if (field !== 'group' && field !== 'subresource' && value === '') {
      throw new Error(`the ${field} that a fault is to match is empty; leave it out to match all`);
    }
  }
}
