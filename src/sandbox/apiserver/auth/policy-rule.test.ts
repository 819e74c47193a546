import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingRights, ruleAllows } from './policy-rule.ts';
import type { PolicyRule } from './policy-rule.ts';

const some = (...from: string[]) => fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength: 3 });
const rules = fc.record({
  verbs: some('get', 'list', 'create', '*'),
  apiGroups: some('', 'apps', '*'),
  resources: some('pods', 'pods/log', 'deployments', '*/log', '*'),
  resourceNames: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  nonResourceURLs: fc.constant<string[]>([]),
});
const requests = fc.record({
  verb: fc.constantFrom('get', 'list', 'create'),
  path: fc.constant(''),
  resource: fc.record({
    group: fc.constantFrom('', 'apps'),
    version: fc.constant('v1'),
    resource: fc.constantFrom('pods', 'deployments'),
    subresource: fc.constantFrom('', 'log'),
    namespace: fc.constant('default'),
    name: fc.constantFrom('', 'a', 'b'),
  }),
});
const paths: PolicyRule = {
  verbs: ['get'],
  apiGroups: [],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
};

describe('rights', () => {
  it('are all held by whoever holds the same rules', () => {
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 4 }), (held) => {
        expect(missingRights(held, held)).toEqual([]);
      }),
    );
  });

  it('that are covered never allow what the rules that cover them do not', () => {
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 3 }), rules, requests, (held, wanted, request) => {
        const isCovered = missingRights(held, [wanted]).length === 0;
        const isAllowed = held.some((rule) => ruleAllows(rule, request));
        expect(isCovered && ruleAllows(wanted, request) && !isAllowed).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('to paths end with a star for all that begin so', () => {
    const rule = { ...paths, nonResourceURLs: ['/apis/*', '/version'] };
    const allowed = (path: string) => ruleAllows(rule, { verb: 'get', path });
    expect(['/apis/apps', '/version', '/versions', '/apis'].map(allowed)).toEqual([true, true, false, false]);
  });

  it('that are missing are told by resource, with all verbs', () => {
    const wanted = { ...paths, verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'secrets'] };
    const held = { ...paths, apiGroups: [''], resources: ['pods'] };
    expect(missingRights([held], [wanted])).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    ]);
  });
});
