import type { ListValue, MapValue, OpaqueValue, Operand, StructValue, Value } from './value.ts';
import type { TimeValue } from './time.ts';

/** The Go types that parameters of template functions have, by Go's names, and what a function body receives. */
export interface ParameterTypes {
  string: string;
  int: bigint;
  uint32: bigint;
  float64: number;
  bool: boolean;
  'interface {}': Value;
  'reflect.Value': Operand;
  'map[string]interface {}': MapValue;
  '[]interface {}': ListValue;
  'time.Time': TimeValue;
  'time.Duration': bigint;
  'sprig.certificate': StructValue;
  '*semver.Version': OpaqueValue;
}

export type ParameterType = keyof ParameterTypes;

/** A function of a template: its Go signature, by which arguments are checked, and its body. */
export interface TemplateFunction {
  parameters: readonly ParameterType[];
  /** Type of the arguments after the fixed ones, for a variadic function. */
  rest?: ParameterType;
  /**
   * Takes checked arguments, and for messages the text of the first one as it stands in the template.
   * @throws {FunctionError} where Go returns an error or panics.
   */
  call(args: readonly Operand[], firstText: () => string | undefined, spend: Spend): Operand;
  /** What a call costs beside the one step that every call does: for work that takes far longer than others. */
  steps?: number;
  /** Why Go refuses to call a method that it finds, when it does: its results are not one, or one and an error. */
  refusal?: string;
  /** `and` and `or` stop at the first argument that decides. */
  shortCircuit?: 'and' | 'or';
}

/** Counts steps for work whose amount shows only while it is done. It throws when there are no more. */
export type Spend = (steps: number) => void;

export type FunctionMap = Readonly<Record<string, TemplateFunction>>;

/** A failure inside a template function; the message is the text that Go's error or panic has. */
export class FunctionError extends Error {
  override name = 'FunctionError';
}

type Natives<P extends readonly ParameterType[]> = { [K in keyof P]: ParameterTypes[P[K] & ParameterType] };

/** Declares a function with a fixed number of arguments. */
export function define<const P extends readonly ParameterType[]>(
  parameters: P,
  body: (...args: [...Natives<P>, Spend]) => Operand,
): TemplateFunction {
  return {
    parameters,
    // The evaluator has checked every argument against `parameters`, which is what Natives<P> says.
    call(args, _firstText, spend) {
      const natives: unknown[] = [];
      for (const arg of args) natives.push(native(parameters[natives.length], arg));
      natives.push(spend);
      return body(...(natives as unknown as [...Natives<P>, Spend]));
    },
  };
}

/** Declares a variadic function; its body receives the variable arguments as one array, last. */
export function defineVariadic<const P extends readonly ParameterType[], R extends ParameterType>(
  parameters: P,
  rest: R,
  body: (...args: [...Natives<P>, ParameterTypes[R][], Spend]) => Operand,
): TemplateFunction {
  return {
    parameters,
    rest,
    call(args, _firstText, spend) {
      const natives: unknown[] = [];
      const others: unknown[] = [];
      for (const arg of args) {
        if (natives.length < parameters.length) natives.push(native(parameters[natives.length], arg));
        else others.push(native(rest, arg));
      }
      natives.push(others, spend);
      return body(...(natives as unknown as [...Natives<P>, ParameterTypes[R][], Spend]));
    },
  };
}

/** What a body receives for an argument: the plain content of scalars, the value itself otherwise. */
function native(type: ParameterType | undefined, arg: Operand): unknown {
  if (type === 'reflect.Value') return arg;
  const value = arg.kind === 'interface' ? arg.value : arg;
  switch (type) {
    case 'string':
    case 'int':
    case 'uint32':
    case 'float64':
    case 'bool':
    case 'time.Duration':
      return 'value' in value ? value.value : undefined;
    default:
      return value;
  }
}
