import { isFields, listOf, ownFields, textOf } from '../json-value.ts';
import { bindingErrors, bindingUpdateErrors, roleErrors } from '../rules/role.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { defineKind } from './define-kind.ts';

const GROUP = 'rbac.authorization.k8s.io';

const BINDING: Partial<ResourceDefinition> = {
  nameRule: 'path-segment',
  applyDefaults: applyBindingDefaults,
  validate: bindingErrors,
  validateUpdate: bindingUpdateErrors,
};

export const RBAC_KINDS: ResourceDefinition[] = [
  defineKind(GROUP, 'clusterrolebindings', 'ClusterRoleBinding', { ...BINDING, namespaced: false }),
  defineKind(GROUP, 'clusterroles', 'ClusterRole', {
    namespaced: false,
    nameRule: 'path-segment',
    validate: roleErrors,
    validateUpdate: roleErrors,
  }),
  defineKind(GROUP, 'rolebindings', 'RoleBinding', BINDING),
  defineKind(GROUP, 'roles', 'Role', {
    nameRule: 'path-segment',
    validate: roleErrors,
    // A real server looks at the rules of an update twice, and shows both findings as causes.
    validateUpdate: roleErrors,
  }),
];

function applyBindingDefaults(object: ApiObject): void {
  const roleRef = ownFields(object, 'roleRef');
  if (textOf(roleRef.apiGroup) === '') roleRef.apiGroup = GROUP;
  for (const subject of listOf(object.subjects)) {
    if (!isFields(subject) || textOf(subject.apiGroup) !== '') continue;
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup = GROUP;
  }
}
