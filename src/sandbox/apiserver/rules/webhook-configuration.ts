import { fieldsOf, listOf, textOf } from '../json-value.ts';
import { conditionFault } from '../admission/match-conditions.ts';
import { keyComplaints, nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { duplicateValue, invalidValue, required, tooMany, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { labelSelectorErrors } from './label-selector.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];

export function webhookConfigurationErrors(object: ApiObject): FieldError[] {
  const webhooks = listOf(object.webhooks).map(fieldsOf);
  return webhooks.flatMap((webhook, index) => [
    ...webhookErrors(webhook, `webhooks[${index}]`),
    ...(webhooks.slice(0, index).some(({ name }) => name === webhook.name)
      ? [duplicateValue(`webhooks[${index}].name`, webhook.name)]
      : []),
  ]);
}

function webhookErrors(webhook: Record<string, unknown>, at: string): FieldError[] {
  const name = textOf(webhook.name);
  const versions = listOf(webhook.admissionReviewVersions).map(textOf);
  const seconds = Number(webhook.timeoutSeconds);
  const { url, service } = fieldsOf(webhook.clientConfig);
  const errors: FieldError[] = [];
  const place = (field: string) => `${at}.${field}`;
  if (name === '') errors.push(required(place('name')));
  else if (name.split('.').length < 3)
    errors.push(
      invalidValue(place('name'), name, 'should be a domain with at least three segments separated by dots'),
    );
  else
    errors.push(...nameComplaints(name, 'subdomain').map((text) => invalidValue(place('name'), name, text)));
  listOf(webhook.rules).forEach((rule, index) =>
    errors.push(...ruleErrors(fieldsOf(rule), `${at}.rules[${index}]`)),
  );
  errors.push(...oneOf(webhook.failurePolicy, ['Fail', 'Ignore'], place('failurePolicy')));
  errors.push(...oneOf(webhook.matchPolicy, ['Equivalent', 'Exact'], place('matchPolicy')));
  if (webhook.sideEffects === undefined)
    errors.push(required(place('sideEffects'), 'must specify one of None, NoneOnDryRun'));
  else errors.push(...oneOf(webhook.sideEffects, ['None', 'NoneOnDryRun'], place('sideEffects')));
  if (seconds > 30 || seconds < 1)
    errors.push(
      invalidValue(place('timeoutSeconds'), seconds, 'the timeout value must be between 1 and 30 seconds'),
    );
  errors.push(...labelSelectorErrors(webhook.namespaceSelector, place('namespaceSelector')));
  errors.push(...labelSelectorErrors(webhook.objectSelector, place('objectSelector')));
  if ((url === undefined) === (service === undefined))
    errors.push(required(place('clientConfig'), 'exactly one of url or service is required'));
  if (url !== undefined) errors.push(...urlErrors(textOf(url), place('clientConfig.url')));
  if (versions.length === 0)
    errors.push(required(place('admissionReviewVersions'), 'must specify one of v1, v1beta1'));
  else if (!versions.some((version) => version === 'v1' || version === 'v1beta1'))
    errors.push(
      invalidValue(place('admissionReviewVersions'), versions, 'must include at least one of v1, v1beta1'),
    );
  errors.push(...conditionErrors(listOf(webhook.matchConditions), place('matchConditions')));
  return errors;
}

const MOST_CONDITIONS = 64;

function conditionErrors(conditions: unknown[], at: string): FieldError[] {
  if (conditions.length > MOST_CONDITIONS) return [tooMany(at, conditions.length, MOST_CONDITIONS)];
  const names = conditions.map((condition) => textOf(fieldsOf(condition).name));
  return conditions.map(fieldsOf).flatMap((condition, index) => {
    const place = `${at}[${index}]`;
    const expression = textOf(condition.expression).trim();
    const name = names[index] ?? '';
    const fault = expression === '' ? undefined : conditionFault(expression);
    return [
      ...(expression === '' ? [required(`${place}.expression`)] : []),
      ...(fault === undefined ? [] : [invalidValue(`${place}.expression`, expression, fault)]),
      ...(name === '' ? [required(`${place}.name`)] : []),
      ...(name === '' ? [] : keyComplaints(name).map((text) => invalidValue(`${place}.name`, name, text))),
      ...(name !== '' && names.indexOf(name) < index ? [duplicateValue(`${place}.name`, name)] : []),
    ];
  });
}

function ruleErrors(rule: Record<string, unknown>, at: string): FieldError[] {
  const missing = ['operations', 'apiGroups', 'apiVersions', 'resources'].filter(
    (field) => listOf(rule[field]).length === 0,
  );
  return [
    ...missing.map((field) => required(`${at}.${field}`)),
    ...listOf(rule.operations).flatMap((operation, index) =>
      oneOf(operation, OPERATIONS, `${at}.operations[${index}]`),
    ),
    ...oneOf(rule.scope, SCOPES, `${at}.scope`),
  ];
}

function urlErrors(url: string, at: string): FieldError[] {
  const form = 'desired format: https://host[/path]';
  if (!URL.canParse(url)) return [required(at, `url must be a valid URL: ${form}`)];
  const { protocol, host } = new URL(url);
  return [
    ...(protocol === 'https:'
      ? []
      : [invalidValue(at, protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`)]),
    ...(host === '' ? [invalidValue(at, host, `host must be specified; ${form}`)] : []),
  ];
}

const oneOf = (value: unknown, supported: string[], at: string): FieldError[] =>
  value === undefined || supported.includes(textOf(value)) ? [] : [unsupportedValue(at, value, supported)];
