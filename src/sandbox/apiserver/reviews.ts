import { fieldsOf, textOf } from './json-value.ts';
import { badRequest } from './status-error.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';

/** Questions about rights and identities: created, answered, never stored. */
export const REVIEWS: ResourceDefinition[] = [
  review('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
  review('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'tokenreviews', 'TokenReview'),
];

export interface User {
  username: string;
  uid?: string;
  groups: string[];
}

/** Rights are not enforced, so every access that is asked for is allowed. */
export function answerReview(context: ServerContext, kind: string, body: unknown, user: User): object {
  const sent = fieldsOf(body);
  const answer = (status: object) => ({
    ...sent,
    metadata: { creationTimestamp: timestamp(context.clock.now()) },
    status,
  });
  switch (kind) {
    case 'SelfSubjectAccessReview':
      return answer({ allowed: true, reason: 'the sandbox does not enforce access rules' });
    case 'SelfSubjectRulesReview':
      return answer({
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      });
    case 'SelfSubjectReview':
      return answer({ userInfo: user });
    case 'TokenReview': {
      const account = serviceAccountOf(context, textOf(fieldsOf(sent.spec).token));
      return answer(
        account
          ? { authenticated: true, user: account }
          : { authenticated: false, error: 'invalid bearer token' },
      );
    }
    default:
      throw badRequest(`${kind} is not a review`);
  }
}

/** Who a service account's token stands for; nobody once it has expired or the account is gone. */
export function serviceAccountOf(context: ServerContext, token: string): User | undefined {
  const account = context.serviceAccountTokens.get(token);
  if (!account) return undefined;
  const { namespace, name, uid, expires } = account;
  if (expires <= context.clock.now()) {
    context.serviceAccountTokens.delete(token);
    return undefined;
  }
  if (context.store.get('serviceaccounts', namespace, name)?.metadata.uid !== uid) return undefined;
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

function review(group: string, resource: string, kind: string): ResourceDefinition {
  return {
    group,
    version: 'v1',
    resource,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    namespaced: false,
    shortNames: [],
    categories: [],
    verbs: ['create'],
    storage: `${resource}.${group}`,
    generation: 'never',
    statusSubresource: false,
    subresources: [],
    nameRule: 'subdomain',
    requiresResourceVersion: false,
    returnsDeleted: false,
    selectableFields: {},
    columns: [],
  };
}
