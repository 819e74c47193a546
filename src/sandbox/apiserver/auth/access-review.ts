import { fieldsOf, isFields, listOf, textOf } from '../json-value.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { badRequest, invalid, invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { aggregated } from './authorizer.ts';
import type { Authorizer } from './authorizer.ts';
import { ruleFields } from './policy-rule.ts';
import type { AttributesOf } from './request-attributes.ts';
import type { User } from './user.ts';

/** SelfSubjectAccessReview: what may the asker do? */
export function reviewOwnAccess(
  authorizer: Authorizer,
  definition: ResourceDefinition,
  review: ApiObject,
  user: User,
): ApiObject {
  refuseInvalidReview(definition, [...attributeErrors(review), ...metadataErrors(review, 'must be empty')]);
  return { ...review, status: decide(authorizer, { ...readAttributes(fieldsOf(review.spec)), user }) };
}

/** SubjectAccessReview: what may somebody do? */
export function reviewAccess(
  authorizer: Authorizer,
  definition: ResourceDefinition,
  review: ApiObject,
): ApiObject {
  const spec = fieldsOf(review.spec);
  refuseInvalidReview(definition, [
    ...attributeErrors(review),
    ...subjectErrors(review),
    ...metadataErrors(review, 'must be empty'),
  ]);
  return { ...review, status: decide(authorizer, { ...readAttributes(spec), user: readUser(spec) }) };
}

/** LocalSubjectAccessReview: the same within one namespace, so that the right to ask can be given for that only. */
export function reviewLocalAccess(
  authorizer: Authorizer,
  definition: ResourceDefinition,
  review: ApiObject,
  namespace: string,
): ApiObject {
  const spec = fieldsOf(review.spec);
  const asked = textOf(fieldsOf(spec.resourceAttributes).namespace);
  const errors = [...attributeErrors(review), ...subjectErrors(review)];
  errors.push(...metadataErrors(review, 'must be empty except for namespace'));
  if (isFields(spec.resourceAttributes) && asked !== (review.metadata.namespace ?? '')) {
    errors.push(invalidValue('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  }
  if (isFields(spec.nonResourceAttributes)) {
    const text = 'disallowed on this kind of request';
    errors.push(invalidValue('spec.nonResourceAttributes', spec.nonResourceAttributes, text));
  }
  refuseInvalidReview(definition, errors);
  if (namespace !== review.metadata.namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
  }
  return { ...review, status: decide(authorizer, { ...readAttributes(spec), user: readUser(spec) }) };
}

/** SelfSubjectRulesReview: everything that the asker may do in a namespace. */
export function reviewOwnRules(authorizer: Authorizer, review: ApiObject, user: User): ApiObject {
  const namespace = textOf(fieldsOf(review.spec).namespace);
  if (namespace === '') throw badRequest('no namespace on request');
  const { rules, errors } = authorizer.rulesFor(user, namespace);
  const shown = rules.map(ruleFields);
  return {
    ...review,
    // The real server answers without what was asked.
    spec: {},
    status: {
      resourceRules: shown.filter(({ resources }) => resources !== undefined),
      nonResourceRules: shown.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined),
      incomplete: false,
      ...(errors.length > 0 && { evaluationError: aggregated(errors) }),
    },
  };
}

function decide(authorizer: Authorizer, attributes: AttributesOf): object {
  const { allowed, reason } = authorizer.authorize(attributes);
  return { allowed, ...(reason !== '' && { reason }) };
}

function readAttributes(spec: Record<string, unknown>): Omit<AttributesOf, 'user'> {
  if (isFields(spec.nonResourceAttributes)) {
    const { verb, path } = spec.nonResourceAttributes;
    return { verb: textOf(verb), path: textOf(path) };
  }
  const fields = fieldsOf(spec.resourceAttributes);
  return {
    verb: textOf(fields.verb),
    path: '',
    resource: {
      group: textOf(fields.group),
      version: textOf(fields.version) || '*',
      resource: textOf(fields.resource),
      subresource: textOf(fields.subresource),
      namespace: textOf(fields.namespace),
      name: textOf(fields.name),
    },
  };
}

const readUser = ({ user, groups, uid }: Record<string, unknown>): User => ({
  username: textOf(user),
  groups: listOf(groups).map(textOf),
  ...(textOf(uid) && { uid: textOf(uid) }),
});

function attributeErrors({ spec }: ApiObject): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = fieldsOf(spec);
  if (isFields(resourceAttributes) && isFields(nonResourceAttributes)) {
    const text = 'cannot be specified in combination with resourceAttributes';
    return [invalidValue('spec.nonResourceAttributes', nonResourceAttributes, text)];
  }
  if (isFields(resourceAttributes) || isFields(nonResourceAttributes)) return [];
  const text = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue('spec.resourceAttributes', null, text)];
}

function subjectErrors({ spec }: ApiObject): FieldError[] {
  const { user, groups } = fieldsOf(spec);
  if (textOf(user) !== '' || listOf(groups).length > 0) return [];
  return [invalidValue('spec.user', '', 'at least one of user or group must be specified')];
}

/** A review is a question: it has no name, and no labels. */
function metadataErrors({ metadata }: ApiObject, text: string): FieldError[] {
  const { name, namespace: _namespace, managedFields: _managed, ...others } = metadata;
  const given = Object.keys(others).length > 0 || name !== '';
  return given ? [invalidValue('metadata', metadata, text)] : [];
}

function refuseInvalidReview(definition: ResourceDefinition, errors: FieldError[]): void {
  if (errors.length === 0) return;
  // The real server has lost the kind by then.
  const error = invalid({ ...definition, kind: '' }, '', errors);
  delete error.status.details?.kind;
  throw error;
}
