import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { quote } from '../status-error.ts';
import type { RequestAttributes } from './request-attributes.ts';

/** One rule of a Role or ClusterRole. An absent list is an empty one. */
export interface PolicyRule {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  resourceNames: string[];
  nonResourceURLs: string[];
}

/** The rules of a stored Role or ClusterRole. */
export const rulesOf = (role: Fields): PolicyRule[] => listOf(role.rules).map(readRule);

function readRule(rule: unknown): PolicyRule {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = fieldsOf(rule);
  return {
    verbs: listOf(verbs).map(textOf),
    apiGroups: listOf(apiGroups).map(textOf),
    resources: listOf(resources).map(textOf),
    resourceNames: listOf(resourceNames).map(textOf),
    nonResourceURLs: listOf(nonResourceURLs).map(textOf),
  };
}

/** A rule as it stands in an object: without the lists that are empty. */
export const ruleFields = (rule: PolicyRule): Partial<PolicyRule> =>
  Object.fromEntries(Object.entries(rule).filter(([name, list]) => name === 'verbs' || list.length > 0));

/** Whether a rule gives the right to a request. */
export function ruleAllows(rule: PolicyRule, { verb, resource, path }: RequestAttributes): boolean {
  if (!includesOrAll(rule.verbs, verb)) return false;
  if (!resource) return rule.nonResourceURLs.some((url) => coversPath(url, path));
  const { subresource } = resource;
  const named = subresource ? `${resource.resource}/${subresource}` : resource.resource;
  return (
    includesOrAll(rule.apiGroups, resource.group) &&
    (includesOrAll(rule.resources, named) ||
      (subresource !== '' && rule.resources.includes(`*/${subresource}`))) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(resource.name))
  );
}

/**
 * Which of the wanted rights nobody with the held rules has, each as small as a right can be but for its verbs, as texts
 * in order. None: the held rules cover all that is wanted.
 */
export function missingRights(held: PolicyRule[], wanted: PolicyRule[]): string[] {
  const missing = wanted.flatMap(singleRights).filter((right) => !held.some((rule) => covers(rule, right)));
  const byResource = new Map<string, PolicyRule>();
  for (const right of missing) {
    // Only rights to resources are told together; each path and verb stands for itself.
    const key = JSON.stringify({ ...right, verbs: right.nonResourceURLs.length > 0 ? right.verbs : [] });
    const known = byResource.get(key);
    if (known && right.nonResourceURLs.length === 0) known.verbs.push(...right.verbs);
    else byResource.set(key, right);
  }
  return [...new Set([...byResource.values()].map(describe))].toSorted();
}

function singleRights({
  verbs,
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule): PolicyRule[] {
  const names = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [[]];
  const nothing = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          names.map((name) => ({
            ...nothing,
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            resourceNames: [...name],
          })),
        ),
      ),
    ),
    ...nonResourceURLs.flatMap((url) =>
      verbs.map((verb) => ({ ...nothing, verbs: [verb], nonResourceURLs: [url] })),
    ),
  ];
}

/** `right` has at most one verb, resource, name and path. */
function covers(rule: PolicyRule, right: PolicyRule): boolean {
  const every = (list: string[], wanted: string[]) => wanted.every((item) => includesOrAll(list, item));
  return (
    every(rule.verbs, right.verbs) &&
    every(rule.apiGroups, right.apiGroups) &&
    right.resources.every((resource) => coversResource(rule.resources, resource)) &&
    (rule.resourceNames.length === 0 ||
      (right.resourceNames.length > 0 &&
        right.resourceNames.every((name) => rule.resourceNames.includes(name)))) &&
    right.nonResourceURLs.every((path) => rule.nonResourceURLs.some((url) => coversPath(url, path)))
  );
}

function coversResource(resources: string[], resource: string): boolean {
  if (includesOrAll(resources, resource)) return true;
  const slash = resource.indexOf('/');
  return slash !== -1 && resources.includes(`*${resource.slice(slash)}`);
}

const includesOrAll = (list: string[], item: string): boolean => list.includes('*') || list.includes(item);

const coversPath = (url: string, path: string): boolean =>
  url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));

/** Go's %q of a list of texts. */
export const quotedList = (list: string[]): string => `[${list.map(quote).join(' ')}]`;

function describe(rule: PolicyRule): string {
  const parts: [string, string[]][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const shown = parts
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name}:${quotedList(list)}`);
  return `{${shown.join(', ')}}`;
}
