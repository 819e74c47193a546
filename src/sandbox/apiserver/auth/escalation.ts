import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { forbidden, notFound, quote } from '../status-error.ts';
import type { Authorizer } from './authorizer.ts';
import { aggregated } from './authorizer.ts';
import { missingRights, quotedList, rulesOf } from './policy-rule.ts';
import type { PolicyRule } from './policy-rule.ts';
import { MASTERS } from './user.ts';
import type { User } from './user.ts';

const GROUP = 'rbac.authorization.k8s.io';

/**
 * Nobody gives away rights that are not theirs, by a role or by a binding, unless the verbs `escalate` or `bind` say so.
 * For every write of one of those kinds; other kinds pass.
 * @param old what is replaced
 * @throws {StatusError} 403 naming the rights that the user lacks; 404 for a binding to no role
 */
export function refuseEscalation(
  authorizer: Authorizer,
  user: User,
  definition: Pick<ResourceDefinition, 'group' | 'resource' | 'kind'>,
  object: ApiObject,
  old?: ApiObject,
): void {
  if (definition.group !== GROUP || user.groups.includes(MASTERS)) return;
  if (old && onlyLetsGo(object, old)) return;
  const namespace = object.metadata.namespace ?? '';
  switch (definition.resource) {
    case 'roles':
    case 'clusterroles': {
      const subject = { resource: definition.resource, name: old ? object.metadata.name : '' };
      if (may(authorizer, user, 'escalate', { ...subject, namespace })) return;
      refuseMissing(authorizer, user, definition, object, namespace, rulesOf(object));
      if (!aggregates(object) && !(old && aggregates(old))) return;
      // What it gathers can be anything.
      if (missingRights(authorizer.rulesFor(user, '').rules, EVERYTHING).length === 0) return;
      throw forbidden(definition, object.metadata.name, NO_AGGREGATION);
    }
    case 'rolebindings':
    case 'clusterrolebindings': {
      const { kind, name } = fieldsOf(object.roleRef);
      const resource = kind === 'Role' ? 'roles' : 'clusterroles';
      if (may(authorizer, user, 'bind', { resource, name: textOf(name), namespace })) return;
      const rules = authorizer.rulesOfRole(object.roleRef, namespace);
      if (Array.isArray(rules)) return refuseMissing(authorizer, user, definition, object, namespace, rules);
      // Of the binding's resource, as the real server words it.
      throw notFound(definition, textOf(name));
    }
    default:
      return;
  }
}

const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
];
const NO_AGGREGATION = 'must have cluster-admin privileges to use the aggregationRule';

const aggregates = ({ aggregationRule }: ApiObject): boolean =>
  listOf(fieldsOf(aggregationRule).clusterRoleSelectors).length > 0;

/** The garbage collector may take owners and finalizers away without the object's rights. */
function onlyLetsGo(object: ApiObject, old: ApiObject): boolean {
  const rest = ({ metadata, ...body }: ApiObject) => {
    const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _managed, ...kept } = metadata;
    return JSON.stringify([body, kept]);
  };
  return rest(object) === rest(old);
}

function may(
  authorizer: Authorizer,
  user: User,
  verb: string,
  subject: { resource: string; name: string; namespace: string },
): boolean {
  const resource = { group: GROUP, version: '*', subresource: '', ...subject };
  return authorizer.authorize({ user, verb, resource, path: '' }).allowed;
}

function refuseMissing(
  authorizer: Authorizer,
  user: User,
  definition: Pick<ResourceDefinition, 'group' | 'resource' | 'kind'>,
  object: ApiObject,
  namespace: string,
  wanted: PolicyRule[],
): void {
  const { rules, errors } = authorizer.rulesFor(user, namespace);
  const missing = missingRights(rules, wanted);
  if (missing.length === 0) return;
  const unread = errors.length > 0 ? `; resolution errors: ${aggregated(errors)}` : '';
  throw forbidden(
    definition,
    object.metadata.name,
    `user ${quote(user.username)} (groups=${quotedList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}${unread}`,
  );
}
