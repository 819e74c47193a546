import { fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { selectorOf } from '../label-selector.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import type { AdmissionRequest } from './admission-request.ts';

export interface SelectedWebhook {
  name: string;
  webhook: Fields;
  /** In which version of the resource the webhook wants to see the object; another one than the request's under matchPolicy Equivalent. */
  definition: ResourceDefinition;
}

/** The webhooks of a kind of configuration that want to be asked about a request, in the order of their names. */
export function selectWebhooks(
  context: ServerContext,
  request: AdmissionRequest,
  configurations: string,
): SelectedWebhook[] {
  const { definition } = request;
  // Nobody can lock a cluster by a webhook against the objects that would unlock it.
  if (
    definition.group === 'admissionregistration.k8s.io' ||
    definition.group.startsWith('authentication.k8s.io')
  )
    return [];
  return context.store.list(configurations).flatMap(({ webhooks }) =>
    listOf(webhooks)
      .map(fieldsOf)
      .flatMap((webhook): SelectedWebhook[] => {
        const seenAs = versionFor(context, request, webhook);
        if (!seenAs || !selectsNamespace(context, request, webhook) || !selectsObject(request, webhook))
          return [];
        return [{ name: textOf(webhook.name), webhook, definition: seenAs }];
      }),
  );
}

function versionFor(
  context: ServerContext,
  request: AdmissionRequest,
  webhook: Fields,
): ResourceDefinition | undefined {
  const rules = listOf(webhook.rules).map(fieldsOf);
  if (rules.some((rule) => matchesRule(rule, request, request.definition))) return request.definition;
  if (webhook.matchPolicy === 'Exact') return undefined;
  const equivalents = context.registry
    .all()
    .filter((other) => other.storage === request.definition.storage && other !== request.definition);
  return equivalents.find((other) => rules.some((rule) => matchesRule(rule, request, other)));
}

function matchesRule(
  rule: Fields,
  { operation, subresource }: AdmissionRequest,
  definition: ResourceDefinition,
): boolean {
  const names = (field: string, value: string) => {
    const given = listOf(rule[field]);
    return given.includes('*') || given.includes(value);
  };
  const scope = textOf(rule.scope) || '*';
  // A namespace is the scope of what is in it, and itself cluster-wide.
  const scoped = scope === '*' || (scope === 'Namespaced') === definition.namespaced;
  return (
    scoped &&
    names('operations', operation) &&
    names('apiGroups', definition.group) &&
    names('apiVersions', definition.version) &&
    listOf(rule.resources).some((item) => {
      const [resource = '', part = ''] = textOf(item).split('/');
      const partMatches = part === '*' || part === (subresource ?? '');
      return (resource === '*' || resource === definition.resource) && (item === '*/*' || partMatches);
    })
  );
}

function selectsNamespace(
  context: ServerContext,
  { definition, namespace, name, object }: AdmissionRequest,
  webhook: Fields,
): boolean {
  const ofNamespace = definition.storage === 'namespaces';
  if (!definition.namespaced && !ofNamespace) return true;
  const stored = context.store.get('namespaces', undefined, ofNamespace ? name : (namespace ?? ''));
  const labels = (ofNamespace ? (object ?? stored) : stored)?.metadata.labels ?? {};
  return selectorOf(webhook.namespaceSelector ?? {})(labels);
}

function selectsObject({ object, old }: AdmissionRequest, webhook: Fields): boolean {
  const selects = selectorOf(webhook.objectSelector ?? {});
  return [object, old].some(
    (one) => one !== undefined && selects(textLabels(valueAt(one, 'metadata', 'labels'))),
  );
}

const textLabels = (labels: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(fieldsOf(labels)).map(([key, value]) => [key, textOf(value)]));
