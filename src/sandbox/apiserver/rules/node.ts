import { equalJson, fieldsOf, listOf, textOf } from '../json-value.ts';
import { keyComplaints, labelValueComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { duplicateValue, forbiddenField, invalidValue, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { cidrErrors, familyOf } from './ip-address.ts';

export function nodeErrors(object: ApiObject): FieldError[] {
  const { taints, podCIDRs } = fieldsOf(object.spec);
  const ranges = listOf(podCIDRs).map(textOf);
  // What was there stays as it is, so it is not looked at again.
  const isNew = object.metadata.resourceVersion === undefined;
  return [
    ...taintErrors(listOf(taints).map(fieldsOf)),
    ...(isNew ? ranges.flatMap((range, index) => cidrErrors(range, `spec.podCIDRs[${index}]`)) : []),
    ...(isNew && ranges.length > 1 && !isDualStack(ranges)
      ? [invalidValue('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family')]
      : []),
  ];
}

export function nodeUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const [spec, before] = [fieldsOf(object.spec), fieldsOf(old.spec)];
  const once = (field: string, called: string) =>
    forbiddenField(`spec.${field}`, `node updates may not change ${called} except from "" to valid`);
  return [
    ...(listOf(before.podCIDRs).length > 0 && !equalJson(spec.podCIDRs, before.podCIDRs)
      ? [once('podCIDRs', 'podCIDR')]
      : []),
    ...(textOf(before.providerID) !== '' && spec.providerID !== before.providerID
      ? [once('providerID', 'providerID')]
      : []),
  ];
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** They stand in the spec; the server says that they stand in the metadata, where they once did. */
function taintErrors(taints: Record<string, unknown>[]): FieldError[] {
  return taints.flatMap((taint, index) => {
    const at = `metadata.taints[${index}]`;
    const { key, value, effect } = taint;
    const valueFaults = labelValueComplaints(textOf(value));
    const isSame = (other: Record<string, unknown>) => other.key === key && other.effect === effect;
    return [
      ...keyComplaints(textOf(key)).map((text) => invalidValue(`${at}.key`, key, text)),
      ...(valueFaults.length > 0 ? [invalidValue(`${at}.value`, value, valueFaults.join(';'))] : []),
      ...(EFFECTS.includes(textOf(effect)) ? [] : [unsupportedValue(`${at}.effect`, effect, EFFECTS)]),
      ...(taints.slice(0, index).some(isSame) ? [duplicateTaint(taint, at)] : []),
    ];
  });
}

/** The server prints its own form of the type, whose fields have the names of Go. */
function duplicateTaint({ key, value, effect, timeAdded }: Record<string, unknown>, at: string): FieldError {
  const shown = { Key: key, Value: value ?? '', Effect: effect, TimeAdded: timeAdded ?? null };
  const error = duplicateValue(at, shown);
  return { ...error, message: `${error.message}: taints must be unique by key and effect pair` };
}

const isDualStack = (ranges: string[]): boolean =>
  ranges.length === 2 && new Set(ranges.map((range) => familyOf(range.split('/')[0] ?? ''))).size === 2;
