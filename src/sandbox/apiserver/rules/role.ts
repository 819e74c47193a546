import { equalJson, fieldsOf, listOf, textOf } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { isReadableSelector, labelSelectorErrors } from './label-selector.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Of Roles and ClusterRoles. */
export const roleErrors = (object: ApiObject): FieldError[] => [
  ...ruleErrors(object),
  ...(object.aggregationRule === undefined ? [] : aggregationErrors(fieldsOf(object.aggregationRule))),
];

function ruleErrors(object: ApiObject): FieldError[] {
  const namespaced = object.kind === 'Role';
  return listOf(object.rules).flatMap((item, index) => {
    const at = `rules[${index}]`;
    const rule = fieldsOf(item);
    const has = (field: string) => listOf(rule[field]).length > 0;
    const errors: FieldError[] = [];
    if (!has('verbs')) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (has('nonResourceURLs')) {
      const refused = (why: string) =>
        errors.push(invalidValue(`${at}.nonResourceURLs`, rule.nonResourceURLs, why));
      if (namespaced) refused('namespaced rules cannot apply to non-resource URLs');
      if (has('apiGroups') || has('resources') || has('resourceNames'))
        refused('rules cannot apply to both regular resources and non-resource URLs');
      return errors;
    }
    if (!has('apiGroups'))
      errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!has('resources'))
      errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

function aggregationErrors({ clusterRoleSelectors }: Record<string, unknown>): FieldError[] {
  const at = 'aggregationRule.clusterRoleSelectors';
  const selectors = listOf(clusterRoleSelectors);
  if (selectors.length === 0)
    return [required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return selectors.flatMap((selector, index) => [
    ...labelSelectorErrors(selector, `${at}[${index}]`),
    ...(isReadableSelector(selector)
      ? []
      : [invalidValue(`${at}[${index}]`, null, 'invalid label selector.')]),
  ]);
}

/** Of RoleBindings and ClusterRoleBindings. */
export function bindingErrors(object: ApiObject): FieldError[] {
  const namespaced = object.kind === 'RoleBinding';
  const { apiGroup, kind, name } = fieldsOf(object.roleRef);
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(apiGroup === GROUP ? [] : [unsupportedValue('roleRef.apiGroup', apiGroup, [GROUP])]),
    ...(kinds.includes(textOf(kind)) ? [] : [unsupportedValue('roleRef.kind', kind ?? '', kinds)]),
    ...(textOf(name) === ''
      ? [required('roleRef.name')]
      : nameComplaints(textOf(name), 'path-segment').map((text) => invalidValue('roleRef.name', name, text))),
    ...listOf(object.subjects).flatMap((subject, index) =>
      subjectErrors(subject, namespaced, `subjects[${index}]`),
    ),
  ];
}

export const bindingUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] => [
  ...bindingErrors(object),
  ...(equalJson(object.roleRef, old.roleRef)
    ? []
    : [invalidValue('roleRef', asGoHasIt(fieldsOf(object.roleRef)), 'cannot change roleRef')]),
];

/** The server prints its own form of the type, whose fields have the names of Go. */
const asGoHasIt = ({ apiGroup, kind, name }: Record<string, unknown>) => ({
  APIGroup: apiGroup,
  Kind: kind,
  Name: name,
});

function subjectErrors(subject: unknown, namespaced: boolean, at: string): FieldError[] {
  const { kind, name, apiGroup = '', namespace } = fieldsOf(subject);
  const errors: FieldError[] = [];
  if (textOf(name) === '') errors.push(required(`${at}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (textOf(name) !== '')
        errors.push(
          ...nameComplaints(textOf(name), 'subdomain').map((text) => invalidValue(`${at}.name`, name, text)),
        );
      if (apiGroup !== '') errors.push(unsupportedValue(`${at}.apiGroup`, apiGroup, ['']));
      if (!namespaced && textOf(namespace) === '') errors.push(required(`${at}.namespace`));
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== GROUP) errors.push(unsupportedValue(`${at}.apiGroup`, apiGroup, [GROUP]));
      break;
    default:
      errors.push(unsupportedValue(`${at}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}
