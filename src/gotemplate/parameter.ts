import type { Execution } from './execution.ts';
import type { ParameterType } from './function.ts';
import { hintForType } from './hint.ts';
import { nodeText } from './nodes.ts';
import type { BoolNode, NumberNode, StringNode } from './nodes.ts';
import { bool, float, int, list, map, nil, string, typeName } from './value.ts';
import type { Operand } from './value.ts';

/** Whether an untyped nil can go to a parameter of this type. */
export function canBeNil(type: ParameterType): boolean {
  return (
    type === 'interface {}' || type === 'reflect.Value' || type.startsWith('map[') || type.startsWith('[]')
  );
}

/** The zero value of a parameter that can be nil. */
export function zeroOfParameter(type: ParameterType): Operand {
  if (type.startsWith('map[')) return map(null);
  return type.startsWith('[]') ? list(null) : nil;
}

/**
 * Checks that a value can go to a parameter: the types must be the same, except that an interface is opened and one pointer
 * followed.
 */
export function validate(run: Execution, operand: Operand, type: ParameterType): Operand {
  if (operand.kind === 'nil')
    return canBeNil(type) ? zeroOfParameter(type) : run.fail(`invalid value; expected ${type}`);
  if (type === 'reflect.Value') return operand;
  if (type === 'interface {}') return operand.kind === 'interface' ? operand.value : operand;
  const value = operand.kind === 'interface' && operand.value.kind !== 'nil' ? operand.value : operand;
  if (typeName(value) === type) return value;
  if (value.kind === 'pointer' && value.type === type) {
    return value.target ?? run.fail(`dereference of nil pointer of type ${type}`);
  }
  return run.fail(`wrong type for value; expected ${type}; got ${typeName(value)}`, {
    hint: hintForType(type),
  });
}

/** A literal takes the type of the parameter that it goes to. */
export function convertConstant(
  run: Execution,
  node: BoolNode | NumberNode | StringNode,
  type: ParameterType,
): Operand {
  switch (type) {
    case 'bool':
      return node.type === 'bool' ? bool(node.value) : run.fail(`expected bool; found ${nodeText(node)}`);
    case 'string':
      return node.type === 'string'
        ? string(node.text)
        : run.fail(`expected string; found ${nodeText(node)}`);
    case 'float64': {
      const value = node.type === 'number' ? node.constant.float : undefined;
      return value === undefined ? run.fail(`expected float; found ${nodeText(node)}`) : float(value);
    }
    case 'int':
    case 'time.Duration': {
      const value = node.type === 'number' ? node.constant.int : undefined;
      return value === undefined ? run.fail(`expected integer; found ${nodeText(node)}`) : int(value);
    }
    case 'uint32': {
      const value = node.type === 'number' ? node.constant.uint : undefined;
      return value === undefined
        ? run.fail(`expected unsigned integer; found ${nodeText(node)}`)
        : int(value, 'uint32');
    }
    default:
      return run.fail(`can't handle ${nodeText(node)} for arg of type ${type}`);
  }
}
