import { TemplateError } from '../../../../src/gotemplate/index.ts';
import { compileGoTemplatePrinter } from '../../../../src/kubernetes/go-template-print.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';
import { POD_LIST, someObject } from './json-values.ts';

interface Input {
  template: string;
  json: string;
  allowMissingKeys: boolean;
}

export const goTemplate = defineNeighbour<Input>({
  name: 'go-template',
  sameText: (text) => text,
  fixed: fixed(),
  generate: (random) => ({
    template: random.some(4, () => part(random)).join(''),
    json: JSON.stringify(random.chance(0.6) ? POD_LIST : { kind: 'Thing', ...someObject(random, 4) }),
    allowMissingKeys: random.chance(0.7),
  }),
  answer({ template, json, allowMissingKeys }) {
    try {
      return { output: compileGoTemplatePrinter(template, { allowMissingKeys }).print(JSON.parse(json)) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return error.kind === 'parse' ? { parseError: error.message } : { error: error.message };
    }
  },
});

function fixed(): Input[] {
  const json = JSON.stringify({
    ...POD_LIST,
    big: 900719925474099,
    encoded: 'c2VjcmV0',
    raw: '/+8=',
    broken: 'c2Vj*A==',
  });
  const templates = [
    '',
    'text',
    '{{.kind}}',
    '{{.missing}}',
    '{{.nothing}}',
    '{{.metadata.missing.deeper}}',
    '{{.kind.deeper}}',
    '{{.big}}',
    '{{printf "%T" .big}}',
    '{{.numbers}}',
    '{{.metadata}}',
    '{{(index .items 0).status.load}}',
    '{{exists .metadata "labels"}}',
    '{{exists .metadata "missing"}}',
    '{{exists .nothing}}',
    '{{exists .missing}}',
    '{{exists .missing "a"}}',
    '{{exists . "items" 0 "metadata" "name"}}',
    '{{exists . "items" 5}}',
    '{{exists . "items" -1}}',
    '{{exists . "items" "0"}}',
    '{{exists .kind 0}}',
    '{{exists .kind 9}}',
    '{{exists}}',
    '{{exists .}}',
    '{{exists nil}}',
    '{{exists . nil}}',
    '{{exists .big 1}}',
    '{{exists . 1}}',
    '{{exists . "nothing"}}',
    '{{exists . "nothing" "x"}}',
    '{{exists .numbers 1.5}}',
    '{{exists .numbers .big}}',
    '{{exists .numbers nil}}',
    '{{exists .numbers 2}}',
    "{{exists .kind 'a'}}",
    "{{exists .numbers '\\x01'}}",
    '{{if exists . "status" "phase"}}yes{{else}}no{{end}}',
    '{{if exists . "metadata" "labels" "app.kubernetes.io/name"}}yes{{end}}',
    '{{exists .items 0 1 2}}',
    '{{exists "text" 1}}',
    '{{exists true}}',
    '{{exists .empty}}',
    '{{exists .empty 0}}',
    '{{. | exists}}',
    '{{"kind" | exists .}}',
    '{{exists .kind 0 0}}',
    '{{base64decode .encoded}}',
    '{{.encoded | base64decode}}',
    '{{base64decode "c2VjcmV0"}}',
    '{{base64decode ""}}',
    '{{base64decode .broken}}',
    '{{base64decode "YQ"}}',
    '{{base64decode "YQ="}}',
    '{{base64decode "YQ=="}}',
    '{{base64decode "YQ==="}}',
    '{{base64decode "YQ==YQ=="}}',
    '{{base64decode "Y=Q="}}',
    '{{base64decode "=YQ="}}',
    '{{base64decode "Y\\nQ=\\r\\n="}}',
    '{{base64decode "YQ= ="}}',
    '{{base64decode "é"}}',
    '{{base64decode "YWI-"}}',
    '{{base64decode "____"}}',
    '{{base64decode .missing}}',
    '{{base64decode .big}}',
    '{{base64decode .nothing}}',
    '{{base64decode}}',
    '{{base64decode "a" "b"}}',
    '{{len (base64decode .raw)}}',
    '{{printf "%q" (base64decode .raw)}}',
    '{{eq .big 900719925474099}}',
    '{{eq (index .numbers 0) 1}}',
    '{{eq (index .items 0).status.load 0.5}}',
    '{{eq (index .items 1).status.load 2}}',
    '{{lt (index .items 1).status.load 3.0}}',
    '{{eq .kind "List"}}',
    '{{eq .kind 1}}',
    '{{eq .missing "x"}}',
    '{{eq .nothing nil}}',
    '{{ne .nothing .missing}}',
    '{{gt .big 1}}',
    '{{range .items}}{{.metadata.name}} {{end}}',
    '{{range $k, $v := .metadata}}{{$k}}={{$v}};{{end}}',
    '{{range .empty}}x{{else}}none{{end}}',
    '{{range .missing}}x{{else}}none{{end}}',
    '{{range .kind}}x{{end}}',
    '{{with .metadata}}{{.resourceVersion}}{{end}}',
    '{{with .missing}}x{{else}}none{{end}}',
    '{{range $i, $e := .words}}{{$i}}{{$e}}{{end}}',
    '{{range .items}}{{range .status.conditions}}{{if and (eq .type "Ready") (eq .status "True")}}true{{end}}{{end}}{{end}}',
    '{{if and (eq (index .items 0).status.phase "Running") (eq .kind "List")}}true{{else}}false{{end}}',
    '{{$x := .kind}}{{$x}}',
    '{{index .metadata.labels "app.kubernetes.io/name"}}',
    '{{len .items}}',
    '{{index .items 9}}',
    '{{index .numbers "a"}}',
    '{{slice .words 1}}',
    '{{upper .kind}}',
    '{{.kind | quote}}',
    '{{define "x"}}y{{end}}{{template "x"}}',
    '{{template "none"}}',
    '{{',
    '{{.kind',
    '{{end}}',
    '{{if}}x{{end}}',
    '{{.a-b}}',
    '{{"open}}',
    '{{/* c */}}',
    '{{- .kind -}} x',
    '{{nil}}',
    '{{1 | .kind}}',
    '{{html .kind}}',
    '{{js "<"}}',
    '{{urlquery "a b"}}',
    '{{println .kind}}',
    '{{not .ready}}',
  ];
  return templates.flatMap((template) =>
    [true, false].map((allowMissingKeys) => ({ template, json, allowMissingKeys })),
  );
}

function part(random: Random): string {
  const field = () =>
    `.${random.pick(['a', 'b', 'name', 'items', 'status', 'kind', 'metadata', 'numbers', 'words', 'nothing', 'big', 'type'])}`;
  const chain = () => random.some(2, field).join('') || '.';
  const key = () =>
    random.pick(['"a"', '"name"', '"items"', '0', '1', '-1', '"labels"', '1.5', 'nil', '"metadata"']);
  switch (random.below(8)) {
    case 0:
      return random.pick(['text', ' ', '\n', '"é"']);
    case 1:
      return `{{exists ${chain()} ${random.some(3, key).join(' ')}}}`;
    case 2:
      return `{{base64decode "${random.some(9, () => random.pick(['YQ==', 'YWJj', 'Y', 'Q', '=', '\\n', '-', '/', '+', 'é'])).join('')}"}}`;
    case 3:
      return `{{index ${chain()} ${key()}}}`;
    case 4:
      return `{{if ${random.pick(['eq', 'ne', 'lt', 'gt'])} ${chain()} ${random.pick(['"a"', '1', '1.5', 'true', chain()])}}}yes{{else}}no{{end}}`;
    case 5:
      // Not over what may be a large number: Go would count to it.
      return `{{range ${random.pick(['.words', '.numbers', '.metadata', '.kind', '.nothing', '.metadata.labels'])}}}[{{.}}]{{else}}none{{end}}`;
    case 6:
      return `{{printf "%v %T" ${chain()} ${chain()}}}`;
    default:
      return `{{${chain()}}}`;
  }
}
