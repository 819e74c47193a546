import { equalJson, fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import { keyComplaints, nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { duplicateValue, invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { negativeCounts } from './count.ts';

const AT = 'spec.drivers';

export function csiNodeErrors(object: ApiObject): FieldError[] {
  const drivers = driversOf(object);
  return drivers.flatMap((driver, index) => {
    const at = `${AT}[${index}]`;
    const name = textOf(driver.name);
    return [
      ...(name === '' ? [required(`${at}.name`)] : []),
      ...nameComplaints(name, 'subdomain').map((text) => invalidValue(`${at}.name`, name, text)),
      ...(textOf(driver.nodeID) === '' ? [required(`${at}.nodeID`)] : []),
      ...negativeCounts(driver.allocatable, `${at}.allocatable`, ['count']),
      ...(drivers.slice(0, index).some((other) => other.name === name)
        ? [duplicateValue(`${at}.name`, name)]
        : []),
      ...topologyErrors(listOf(driver.topologyKeys).map(textOf), at),
    ];
  });
}

/** A driver's entry stays as it was registered, but for how many volumes its node can have. */
export function csiNodeUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const before = driversOf(old);
  return driversOf(object).flatMap((driver) => {
    const earlier = before.find(({ name }) => name === driver.name);
    return earlier === undefined || equalJson(fixedPart(driver), fixedPart(earlier))
      ? []
      : [invalidValue(AT, asGoHasIt(driver), 'field is immutable')];
  });
}

function topologyErrors(keys: string[], at: string): FieldError[] {
  return keys.flatMap((key, index) => [
    ...(key === '' ? [required(at)] : []),
    ...(keys.indexOf(key) < index ? [duplicateValue(at, key)] : []),
    ...keyComplaints(key).map((text) => invalidValue(at, key, text)),
  ]);
}

const driversOf = (object: ApiObject) => listOf(valueAt(object, 'spec', 'drivers')).map(fieldsOf);

const fixedPart = ({ allocatable: _allocatable, ...rest }: Record<string, unknown>) => rest;

/** The server prints its own form of the type, whose fields have the names of Go. */
const asGoHasIt = ({ name, nodeID, topologyKeys, allocatable }: Record<string, unknown>) => ({
  Name: name,
  NodeID: nodeID,
  TopologyKeys: topologyKeys ?? null,
  Allocatable: allocatable === undefined ? null : { Count: fieldsOf(allocatable).count ?? null },
});
