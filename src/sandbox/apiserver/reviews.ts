import { jsonResponse } from './api-exchange.ts';
import type { ApiResponse, AuthorizedRequest } from './api-exchange.ts';
import { reviewAccess, reviewLocalAccess, reviewOwnAccess, reviewOwnRules } from './auth/access-review.ts';
import { reviewOwnIdentity, reviewToken } from './auth/identity-review.ts';
import { decodeObject, encodeObject } from './decode-object.ts';
import { defineKind } from './kinds/define-kind.ts';
import { refuseUnservedTypes } from './representation.ts';
import { readBody, writeOptions } from './request-body.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { methodNotAllowed } from './status-error.ts';

/** Questions about rights and identities: created, answered, never stored. */
export const REVIEWS: ResourceDefinition[] = [
  defineReview('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  defineReview('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
  defineReview('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'),
  defineReview('authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', true),
  defineReview('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
  defineReview('authentication.k8s.io', 'tokenreviews', 'TokenReview'),
];

/** Answers a request for a review; `undefined` where the path is another's. */
export function answerReview(context: ServerContext, request: AuthorizedRequest): ApiResponse | undefined {
  const found = reviewAt(request.path);
  if (!found) return undefined;
  if (request.method !== 'POST') throw methodNotAllowed();
  const { definition, namespace } = found;
  refuseUnservedTypes(request.headers, 'object');
  const { write, headers } = writeOptions(request);
  const body = readBody(request, { apiVersion: apiVersionOf(definition), kind: definition.kind, write });
  const path = namespace === undefined ? {} : { namespace };
  const sent = decodeObject(body, definition, path, write);
  const answered = answer(context, definition, sent, namespace ?? '', request);
  return jsonResponse(201, withoutEmptyName(encodeObject(answered)), headers());
}

function answer(
  context: ServerContext,
  definition: ResourceDefinition,
  sent: ApiObject,
  namespace: string,
  { user }: AuthorizedRequest,
): ApiObject {
  const { authorizer } = context;
  switch (definition.kind) {
    case 'SelfSubjectAccessReview':
      return reviewOwnAccess(authorizer, definition, sent, user);
    case 'SubjectAccessReview':
      return reviewAccess(authorizer, definition, sent);
    case 'LocalSubjectAccessReview':
      return reviewLocalAccess(authorizer, definition, sent, namespace);
    case 'SelfSubjectRulesReview':
      return reviewOwnRules(authorizer, sent, user);
    case 'SelfSubjectReview':
      return reviewOwnIdentity(context, sent, user);
    case 'TokenReview':
      return reviewToken(context, sent);
    default:
      throw new Error(`${definition.kind} is not a review`);
  }
}

function reviewAt(path: string): { definition: ResourceDefinition; namespace?: string } | undefined {
  const parts = /^\/apis\/([^/]+)\/v1\/(?:namespaces\/([^/]+)\/)?([^/]+)$/.exec(path);
  if (!parts) return undefined;
  const [, group, namespace, resource] = parts;
  const definition = REVIEWS.find((review) => review.group === group && review.resource === resource);
  if (!definition || definition.namespaced !== (namespace !== undefined)) return undefined;
  return { definition, ...(namespace !== undefined && { namespace: decodeURIComponent(namespace) }) };
}

function withoutEmptyName(object: ApiObject): object {
  const { name, ...metadata } = object.metadata;
  return name === '' ? { ...object, metadata } : object;
}

function defineReview(group: string, resource: string, kind: string, namespaced = false): ResourceDefinition {
  return defineKind(group, resource, kind, { namespaced, verbs: ['create'], columns: [] });
}
