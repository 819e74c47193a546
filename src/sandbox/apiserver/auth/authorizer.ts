import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { quote } from '../status-error.ts';
import type { Store } from '../store.ts';
import { ruleAllows, rulesOf } from './policy-rule.ts';
import type { PolicyRule } from './policy-rule.ts';
import type { AttributesOf } from './request-attributes.ts';
import { MASTERS, serviceAccountUsername } from './user.ts';
import type { User } from './user.ts';

export interface Decision {
  allowed: boolean;
  /** Which binding gave the right, or what stood in the way of finding one. May be empty. */
  reason: string;
}

/** Who may do what. */
export interface Authorizer {
  authorize(attributes: AttributesOf): Decision;
  /** All rules that give a user rights in a namespace (`''`: in the whole cluster), and what could not be read. */
  rulesFor(user: User, namespace: string): { rules: PolicyRule[]; errors: string[] };
  /** The rules of the role that a binding in a namespace refers to, or why there are none. */
  rulesOfRole(reference: unknown, namespace: string): PolicyRule[] | { error: string };
}

const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
];

/** Where rights are not enforced, everybody who is known may do everything. */
export const allowAll: Authorizer = {
  authorize: () => ({ allowed: true, reason: 'the sandbox does not enforce access rules' }),
  rulesFor: () => ({ rules: EVERYTHING, errors: [] }),
  rulesOfRole: () => EVERYTHING,
};

const GROUP = 'rbac.authorization.k8s.io';
export const ROLES = `roles.${GROUP}`;
export const ROLE_BINDINGS = `rolebindings.${GROUP}`;
export const CLUSTER_ROLES = `clusterroles.${GROUP}`;
export const CLUSTER_ROLE_BINDINGS = `clusterrolebindings.${GROUP}`;

/** Rights as the stored roles and bindings give them (RBAC), at the moment of the question. */
export function roleBasedAuthorizer(store: Store): Authorizer {
  function rulesOfRole(reference: unknown, namespace: string): PolicyRule[] | { error: string } {
    const { kind, name } = fieldsOf(reference);
    switch (kind) {
      case 'Role': {
        const role = store.get(ROLES, namespace, textOf(name));
        return role ? rulesOf(role) : { error: `roles.${GROUP} ${quote(textOf(name))} not found` };
      }
      case 'ClusterRole': {
        const role = store.get(CLUSTER_ROLES, undefined, textOf(name));
        return role ? rulesOf(role) : { error: `clusterroles.${GROUP} ${quote(textOf(name))} not found` };
      }
      default:
        return { error: `unsupported role reference kind: ${quote(textOf(kind))}` };
    }
  }

  /** The bindings that apply to a user, with their rules: cluster-wide ones first. */
  function* grants(user: User, namespace: string): Generator<Grant> {
    for (const binding of store.list(CLUSTER_ROLE_BINDINGS)) {
      const subject = subjectFor(user, binding, '');
      if (subject) yield { binding, subject, rules: rulesOfRole(binding.roleRef, '') };
    }
    if (namespace === '') return;
    for (const binding of store.list(ROLE_BINDINGS, namespace)) {
      const subject = subjectFor(user, binding, namespace);
      if (subject) yield { binding, subject, rules: rulesOfRole(binding.roleRef, namespace) };
    }
  }

  return {
    rulesOfRole,
    authorize(attributes) {
      const { user, resource } = attributes;
      if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' };
      const errors: string[] = [];
      for (const grant of grants(user, resource?.namespace ?? '')) {
        if (!Array.isArray(grant.rules)) errors.push(grant.rules.error);
        else if (grant.rules.some((rule) => ruleAllows(rule, attributes))) {
          return { allowed: true, reason: `RBAC: allowed by ${describe(grant)}` };
        }
      }
      return { allowed: false, reason: errors.length > 0 ? `RBAC: ${aggregated(errors)}` : '' };
    },
    rulesFor(user, namespace) {
      const found = [...grants(user, namespace)];
      return {
        rules: found.flatMap(({ rules }) => (Array.isArray(rules) ? rules : [])),
        errors: found.flatMap(({ rules }) => (Array.isArray(rules) ? [] : [rules.error])),
      };
    },
  };
}

interface Grant {
  binding: ApiObject;
  subject: unknown;
  rules: PolicyRule[] | { error: string };
}

function subjectFor(user: User, binding: ApiObject, namespace: string): unknown {
  return listOf(binding.subjects).find((subject) => {
    const { kind, name, namespace: own } = fieldsOf(subject);
    switch (kind) {
      case 'User':
        return user.username === name;
      case 'Group':
        return user.groups.includes(textOf(name));
      case 'ServiceAccount': {
        const home = textOf(own) || namespace;
        return home !== '' && user.username === serviceAccountUsername(home, textOf(name));
      }
      default:
        return false;
    }
  });
}

/** Kubernetes writes the namespace after the name here. */
function describe({ binding, subject }: Grant): string {
  const { namespace, name } = binding.metadata;
  const { kind: roleKind, name: roleName } = fieldsOf(binding.roleRef);
  const { kind, name: subjectName, namespace: own } = fieldsOf(subject);
  const who =
    kind === 'ServiceAccount'
      ? `${textOf(subjectName)}/${textOf(own) || (namespace ?? '')}`
      : textOf(subjectName);
  return `${binding.kind} ${quote(namespace === undefined ? name : `${name}/${namespace}`)} of ${textOf(roleKind)} ${quote(textOf(roleName))} to ${textOf(kind)} ${quote(who)}`;
}

/** Several errors as Go's aggregate writes them: each once. */
export function aggregated(errors: string[]): string {
  const different = [...new Set(errors)];
  return different.length === 1 ? (different[0] ?? '') : `[${different.join(', ')}]`;
}
