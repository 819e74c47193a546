/**
 * The formats of Kubernetes around its objects, as its own programs have them: JSONPath, kubectl's Go templates, quantities, YAML, strategic
 * merges, variables of Functions. Durations are with the Go templates.
 */
export { substitute, substituteInObject } from './envsubst/envsubst.ts';
export type { Inputs } from './envsubst/envsubst.ts';
export { InvalidSubstitution } from './envsubst/invalid-substitution.ts';
export { compileGoTemplatePrinter } from './go-template-print.ts';
export type { GoTemplatePrinter } from './go-template-print.ts';
export { fillConditionPaths } from './jsonpath/condition-paths.ts';
export { JsonPathError } from './jsonpath/json-path-error.ts';
export { compileJsonPath } from './jsonpath/json-path.ts';
export type { JsonPath } from './jsonpath/json-path.ts';
export { mergeSchemaOf, POD_SPEC_SCHEMA, PRIMITIVES } from './merge-schema.ts';
export type { MergeSchema } from './merge-schema.ts';
export type { Json, JsonObject } from './objects.ts';
export {
  addQuantities,
  compareQuantities,
  formatQuantity,
  InvalidQuantity,
  parseQuantity,
  quantityOf,
  quantityToInteger,
  quantityToNumber,
  subtractQuantities,
} from './quantity.ts';
export type { Bytes, Quantity } from './quantity.ts';
export { InvalidMergePatch, strategicMerge } from './strategic-merge.ts';
export { formatYaml, InvalidYaml, parseYaml, parseYamlDocuments, yamlToJson } from './yaml.ts';
export type { YamlOptions } from './yaml.ts';
