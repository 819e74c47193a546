import { duration } from './cases/duration.ts';
import { envsubst } from './cases/envsubst.ts';
import { goTemplate } from './cases/go-template.ts';
import { jsonpath } from './cases/jsonpath.ts';
import { quantity } from './cases/quantity.ts';
import { strategicMergeCases } from './cases/strategic-merge.ts';
import { yamlWriter } from './cases/yaml-writer.ts';
import { yaml } from './cases/yaml.ts';
import type { Neighbour } from './neighbour.ts';

export const neighbours: readonly Neighbour[] = [
  duration,
  envsubst,
  goTemplate,
  jsonpath,
  quantity,
  strategicMergeCases,
  yaml,
  yamlWriter,
];
