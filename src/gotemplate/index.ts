/**
 * Go's text/template with its formatting, errors and built-in functions, and the sprig functions that Kanister offers.
 * Imports nothing of the project.
 */
export { textTemplateFunctions } from './builtins.ts';
export { formatDuration, InvalidDuration, parseDuration } from './duration.ts';
export type { ExecutionLimits } from './execution.ts';
export type { MissingKey } from './field.ts';
export { printed as formatValue } from './format.ts';
export { define, defineVariadic, FunctionError } from './function.ts';
export type { FunctionMap, ParameterType, TemplateFunction } from './function.ts';
export { fromBytes, toBytes } from './go-string.ts';
export { fieldNames } from './hint.ts';
export { encodeJson, fromJson, toJson, UnsupportedValue } from './json.ts';
export type { FromJsonOptions } from './json.ts';
export { nodeText, sourcePosition } from './nodes.ts';
export type * from './nodes.ts';
export { quote } from './quote.ts';
export { originalFunctions, sprigFunctions } from './sprig/index.ts';
export type { SprigOptions } from './sprig/index.ts';
export { compileTemplate } from './template.ts';
export { templateCache } from './template-cache.ts';
export type { TemplateCacheOptions } from './template-cache.ts';
export type { Template, TemplateOptions } from './template.ts';
export { TemplateError } from './template-error.ts';
export type { TemplateErrorDetails } from './template-error.ts';
export { time, timeFromDate } from './time.ts';
export { duration } from './time-methods.ts';
export { fixedZone, loadZone, utc } from './time-zone.ts';
export type { TimeValue } from './time.ts';
export {
  bool,
  bytes,
  float,
  int,
  int64,
  isTruthy,
  list,
  map,
  nil,
  nilPointer,
  pointer,
  string,
  strings,
  struct,
  typeName,
  zeroOf,
} from './value.ts';
export type {
  IntegerSize,
  ListValue,
  MapOptions,
  MapValue,
  Operand,
  PointerValue,
  StructField,
  StructValue,
  Value,
} from './value.ts';
