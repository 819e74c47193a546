import { compileJsonPath } from '../../../../src/kubernetes/jsonpath/json-path.ts';
import { JsonPathError } from '../../../../src/kubernetes/jsonpath/json-path-error.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';
import { KEYS, POD_LIST, someObject } from './json-values.ts';

interface Input {
  template: string;
  json: string;
  allowMissingKeys: boolean;
}

export const jsonpath = defineNeighbour<Input>({
  name: 'jsonpath',
  sameText: (text) => text,
  fixed: fixed(),
  isUnordered: ({ template }) => /\*|\.\./.test(template),
  generate: (random) => ({
    template: random
      .some(4, () => (random.chance(0.2) ? random.pick(['text ', '\n', 'é', ' $ ']) : action(random)))
      .join(''),
    json: JSON.stringify(random.chance(0.4) ? POD_LIST : someObject(random, 4)),
    allowMissingKeys: random.chance(0.5),
  }),
  answer({ template, json, allowMissingKeys }) {
    try {
      return { output: compileJsonPath(template, { allowMissingKeys }).print(JSON.parse(json)) };
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      return error.kind === 'parse' ? { parseError: error.message } : { error: error.message };
    }
  },
});

function fixed(): Input[] {
  const json = JSON.stringify(POD_LIST);
  const templates = [
    '',
    'text',
    '{}',
    '{',
    '}',
    '{}}',
    '{{}}',
    '{.}',
    '{$}',
    '{@}',
    '{ }',
    '{.kind}',
    '{$.kind}',
    '{@.kind}',
    '{ .kind }',
    'a{.kind}b{.kind}c',
    '{.kind}{"\\n"}',
    "{'single'}",
    '{"double"}',
    '{"\\t\\u00e9\\x41\\101"}',
    '{"\\xff"}',
    '{"\\q"}',
    '{"open}',
    "{'it\\'s'}",
    '{"a\\"b"}',
    '{"\\u00e9\\xc3"}',
    '{.missing}',
    '{.metadata.missing.deeper}',
    '{.kind.deeper}',
    '{.nothing}',
    '{.nothing.deeper}',
    '{.nothing[0]}',
    '{.nothing[*]}',
    '{.empty}',
    '{.empty[0]}',
    '{.empty[*]}',
    '{.items[0].metadata.name}',
    '{.items[*].metadata.name}',
    '{.items[].metadata.name}',
    '{.items[-1].metadata.name}',
    '{.items[2]}',
    '{.items[-3]}',
    '{.items[5:]}',
    '{.numbers[1:3]}',
    '{.numbers[:2]}',
    '{.numbers[3:]}',
    '{.numbers[-2:]}',
    '{.numbers[:-1]}',
    '{.numbers[::2]}',
    '{.numbers[1::2]}',
    '{.numbers[0:5:3]}',
    '{.numbers[0:9]}',
    '{.numbers[2:2]}',
    '{.numbers[3:1]}',
    '{.numbers[::0]}',
    '{.numbers[::-1]}',
    '{.numbers[-1:0]}',
    '{.numbers[::9]}',
    '{.numbers[-]}',
    '{.numbers[1:-]}',
    '{.numbers[:]}',
    '{.numbers[::]}',
    '{.numbers[0,2]}',
    '{.numbers[0, 2 ,4]}',
    '{.numbers[0,9]}',
    "{.items[0]['kind','missing']}",
    "{.items[0].metadata['name','generation']}",
    '{.numbers[1:3,0]}',
    '{.numbers[,]}',
    '{.numbers[0,*]}',
    "{.metadata['resourceVersion']}",
    "{['kind']}",
    "{.metadata.labels['app.kubernetes.io/name']}",
    "{.metadata.labels['app\\.kubernetes\\.io/name']}",
    '{.metadata.labels.app\\.kubernetes\\.io/name}',
    '{["kind"]}',
    "{['a','kind']}",
    '{.items[0].metadata}',
    '{.items[0].spec.containers}',
    '{.items[*].status.ready}',
    '{.items[*].status.load}',
    '{.items[0]}',
    '{.big}',
    '{.items[1].status.reason}',
    '{.words}',
    '{.words[*]}',
    '{..name}',
    '{..metadata.name}',
    '{..containerPort}',
    '{...name}',
    '{....name}',
    '{.. name}',
    '{..[0]}',
    '{..["name"]}',
    "{..['name']}",
    '{.items..name}',
    '{..missing}',
    '{..ports..containerPort}',
    '{..words[0]}',
    '{.*}',
    '{.metadata.*}',
    '{.items[0].metadata.labels.*}',
    '{.words.*}',
    '{.kind.*}',
    '{.kind[*]}',
    '{.items[*].*}',
    '{.big.*}',
    '{.nothing.*}',
    '{*}',
    '{.empty.*}',
    '{.items[?(@.kind=="Pod")].metadata.name}',
    '{.items[?(@.metadata.name=="db-1")].status.phase}',
    "{.items[?(@.metadata.name == 'db-0')].kind}",
    '{.items[?(@.metadata.generation>1)].metadata.name}',
    '{.items[?(@.metadata.generation >= 1)].metadata.name}',
    '{.items[?(@.metadata.generation<3)].metadata.name}',
    '{.items[?(@.metadata.generation<=3)].metadata.name}',
    '{.items[?(@.metadata.generation!=3)].metadata.name}',
    '{.items[?(@.metadata.generation=3)]}',
    '{.items[?(@.metadata.generation===3)]}',
    '{.items[?(@.metadata.generation<>3)]}',
    '{.items[?(@.status.ready)].metadata.name}',
    '{.items[?(@.status.ready==true)].metadata.name}',
    '{.items[?(@.status.ready!=true)].metadata.name}',
    '{.items[?(@.status.ready<true)]}',
    '{.items[?(@.status.reason)].metadata.name}',
    '{.items[?(@.status.missing)].metadata.name}',
    '{.items[?(@.status.missing=="x")]}',
    '{.items[?(@.status.load>1)].metadata.name}',
    '{.items[?(@.status.load>1.0)].metadata.name}',
    '{.items[?(@.status.load==0.5)].metadata.name}',
    '{.items[?(@.metadata.generation=="3")]}',
    '{.items[?(@.kind==1)]}',
    '{.items[?(@.status==1)]}',
    '{.items[?(1==1)].metadata.name}',
    '{.items[?("a"<"b")].metadata.name}',
    '{.items[?(@.status.conditions[0].type=="Ready")].metadata.name}',
    '{.items[?(@.status.conditions[0])].metadata.name}',
    '{.items[*].status.conditions[?(@.type=="Ready")].status}',
    '{.items[0].status.conditions[?(@.type=="Ready")].observed}',
    '{.items[?(@.status.conditions[?(@.type=="Ready")])].kind}',
    '{.items[?(@..name=="main")].kind}',
    '{.items[?(@.spec.containers[*].name=="main")].kind}',
    '{.kind[?(@.a)]}',
    '{.metadata[?(@.a)]}',
    '{.nothing[?(@.a)]}',
    '{.words[?(@=="x")]}',
    '{.words[?(@>"x")]}',
    '{.numbers[?(@>2)]}',
    '{.numbers[?(@ > 2)]}',
    '{.numbers[?(@>=-1)]}',
    '{.numbers[?(@>$.big)]}',
    '{.numbers[?(2<@)]}',
    '{.numbers[?()]}',
    '{.numbers[?(@)]}',
    '{.numbers[?(@==)]}',
    '{.numbers[?(==1)]}',
    '{.items[?(@.kind=="Pod"]}',
    '{.items[?(@.kind=="Pod)]}',
    '{.items[?(@.kind=="Pod")}',
    '{.items[?(@.kind==")")]}',
    "{.items[?(@.kind=='a\"b')]}",
    '{.items[?(@.kind=="a\\"b")]}',
    '{.items[?(',
    '{.items[',
    '{.items[0',
    '{.items[a]}',
    '{.items[1.5]}',
    '{.items[0]]}',
    '{.items[99999999999999999999]}',
    '{range .items[*]}{.metadata.name},{end}',
    '{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}done',
    '{range .items[*]}{range .spec.containers[*]}{.name} {end};{end}',
    '{range .empty[*]}{.name}{end}x',
    '{range .empty[*]}x{end}y',
    '{range .nothing}{.a}{end}',
    '{range .nothing}x{end}',
    '{range .missing}x{end}',
    '{range .items[*]}{.metadata.name}',
    '{range .items[*]}x',
    '{end}',
    '{range}',
    '{range .items[*]}{end}',
    '{range .numbers[*]}{.}{end}',
    '{range .numbers[*]}[{@}]{end}',
    '{range .words}{.}{end}',
    '{range .items[*]}{.kind}{end}{.kind}',
    '{range .items[*].metadata}{.name}{end}',
    '{range .numbers[0,2]}{.}-{end}',
    '{range .items[*]}{range .missing[*]}x{end}{end}',
    '{range .items[*]}{range .status.conditions[*]}{.type}{end}|{end}',
    '{range .items[*]}{.a}{range .b}{.c}{end}{end}',
    '{.items[*]}{range .metadata}{.resourceVersion}{end}',
    '{range range .items[*]}{.kind}{end}{end}',
    '{range .items[*]} {end} {end}',
    '{foo}',
    '{true}',
    '{false}',
    '{1}',
    '{-1}',
    '{+1}',
    '{1.5}',
    '{1.2.3}',
    '{1a}',
    '{9999999999999999999999}',
    '{-}',
    '{1.}',
    '{true.a}',
    '{trueish}',
    '{.kind true}',
    '{.kind 1}',
    '{.kind "x"}',
    '{"x" .kind}',
    '{1 2}',
    '{.numbers 7}',
    '{.numbers[*] 7}',
    '{.numbers[*] true}',
    '{٣}',
    '{(}',
    '{.a(}',
    '{#}',
    '{	}',
    '{\n}',
    '{.kind\n}',
    '{.kind\r}',
    '{.kind	}',
    '{é}',
    '{.é}',
    '{\0}',
    '{.kind|x}',
    '{.kind,.big}',
    '{.kind.}',
    '{.kind..}',
    '{..kind..}',
    '{.a\\}',
    '{.a\\.b}',
    '{.a\\}b}',
    '{€}',
    '{.kind }x',
    '{ .kind .x }',
    '{.kind[0]}',
    '{.metadata[0]}',
    '{.metadata[*]}',
  ];
  const special = [
    ['{.}', 'null'],
    ['{.a}', 'null'],
    ['{[0]}', 'null'],
    ['{[?(@.a)]}', 'null'],
    ['{range .}{.}{end}', 'null'],
    ['{.}', '[1,2]'],
    ['{[*]}', '[1,"a",null,true,1.5,{"b":"<"},[2]]'],
    ['{range [*]}{.}{"|"}{end}', '[1,"a",null,true,1.5,{"b":"<"},[2]]'],
    ['{range [*]}{.a}{"|"}{end}', '[{"a":1},null,{"a":2}]'],
    ['{range [*]}{[0]}{end}', '[null]'],
    ['{range [*]}{[?(@.a)]}{end}', '[null]'],
    ['{[?(@==1)]}', '[1,null]'],
    ['{[?(@.a==null)]}', '[{"a":null}]'],
    ['{[?(@.a>1)]}', '[{"a":1.5},{"a":2.5}]'],
    ['{[?(@.a==1.0)]}', '[{"a":1.0},{"a":1}]'],
    ['{.*[?(@.x)]}', '{"a":[{"x":1}]}'],
    ['{[0]}', '[1e300,2]'],
    ['{[*]}', '[100000000,1e21,123456789.5,0.000001,1e-7,12345678901234567890]'],
    ['{..}', '"text"'],
    ['{.*}', '"text"'],
  ] as const;
  return [
    ...templates.map((template, index) => ({ template, json, allowMissingKeys: index % 2 === 0 })),
    ...templates
      .filter((template) => /missing|nothing|empty|range/.test(template))
      .flatMap((template) => [true, false].map((allowMissingKeys) => ({ template, json, allowMissingKeys }))),
    ...special.flatMap(([template, value]) =>
      [true, false].map((allowMissingKeys) => ({ template, json: value, allowMissingKeys })),
    ),
  ];
}

function action(random: Random): string {
  const [open, close] = random.chance(0.03) ? ['{', ''] : ['{', '}'];
  return open + random.pick([range, path, path, path, literal])(random) + close;
}

const range = (random: Random) => (random.chance(0.5) ? 'end' : `range ${path(random)}`);
const literal = (random: Random): string =>
  random.pick(['"\\n"', "'x'", '1', '-2.5', 'true', 'end', '"\\u00e9"', '" "', 'foo', '"\\x41"']);

function path(random: Random, depth = 2): string {
  const steps = random.some(4, () => step(random, depth));
  return `${random.pick(['', '', '$', '@'])}${steps.join('')}${random.chance(0.05) ? random.pick([' ', ',', ']', '(', '\t']) : ''}`;
}

function step(random: Random, depth: number): string {
  const key = () =>
    random.pick([...KEYS, 'metadata', 'spec', 'containers', 'conditions', 'numbers', 'words', 'kind']);
  const number = () => random.pick(['', '0', '1', '2', '-1', '-2', '3', '7']);
  switch (random.below(10)) {
    case 0:
      return `[${number()}]`;
    case 1:
      return '[*]';
    case 2:
      return `[${number()}:${number()}${random.chance(0.3) ? `:${number()}` : ''}]`;
    case 3:
      return random.chance(0.5) ? '..' : `..${key()}`;
    case 4:
      return '.*';
    case 5:
      return `['${key()}'${random.chance(0.3) ? `,'${key()}'` : ''}]`;
    case 6:
      return depth > 0
        ? `[?(@${random.some(2, () => `.${key()}`).join('')}${
            random.chance(0.7)
              ? `${random.pick(['==', '!=', '<', '>', '<=', '>=', ' == ', '=~'])}${random.pick(['1', '"Ready"', "'a'", 'true', '1.5', '@.a', '$.kind', '"a b"'])}`
              : ''
          })]`
        : '[0]';
    default:
      return `.${key()}`;
  }
}
