import {
  crdErrors,
  crdUpdateErrors,
  defaultCrd,
  prepareCrd,
  prepareCrdDelete,
  prepareCrdUpdate,
} from '../custom-resource-rules.ts';
import { establishDefinitions } from '../establish-crd.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { defineKind } from './define-kind.ts';

export const API_EXTENSIONS_KINDS: ResourceDefinition[] = [
  defineKind('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition', {
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    storedVersion: 'v1beta1',
    generation: 'spec',
    statusSubresource: true,
    requiresResourceVersion: true,
    applyDefaults: defaultCrd,
    prepareCreate: prepareCrd,
    prepareUpdate: prepareCrdUpdate,
    prepareDelete: prepareCrdDelete,
    validate: crdErrors,
    validateUpdate: crdUpdateErrors,
    afterWrite: establishDefinitions,
  }),
];
