import { fieldsOf, isFields, listOf, setDefault } from '../json-value.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { webhookConfigurationErrors } from '../rules/webhook-configuration.ts';
import { defineKind } from './define-kind.ts';

const CONFIGURATION: Partial<ResourceDefinition> = {
  namespaced: false,
  categories: ['api-extensions'],
  generation: 'all-but-metadata',
  requiresResourceVersion: true,
  applyDefaults: applyWebhookDefaults,
  validate: webhookConfigurationErrors,
};

export const ADMISSION_REGISTRATION_KINDS: ResourceDefinition[] = [
  defineKind(
    'admissionregistration.k8s.io',
    'mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
    CONFIGURATION,
  ),
  defineKind(
    'admissionregistration.k8s.io',
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
    CONFIGURATION,
  ),
];

function applyWebhookDefaults(object: ApiObject): void {
  for (const webhook of listOf(object.webhooks)) {
    if (!isFields(webhook)) continue;
    setDefault(webhook, 'failurePolicy', 'Fail');
    setDefault(webhook, 'matchPolicy', 'Equivalent');
    setDefault(webhook, 'namespaceSelector', {});
    setDefault(webhook, 'objectSelector', {});
    setDefault(webhook, 'timeoutSeconds', 10);
    if (object.kind === 'MutatingWebhookConfiguration') setDefault(webhook, 'reinvocationPolicy', 'Never');
    const { service } = fieldsOf(webhook.clientConfig);
    if (isFields(service)) setDefault(service, 'port', 443);
    for (const rule of listOf(webhook.rules)) if (isFields(rule)) setDefault(rule, 'scope', '*');
  }
}
