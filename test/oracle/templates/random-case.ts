import { sample, workloadData } from './cases/sample-data.ts';
import type { OracleCase } from './oracle-case.ts';
import type { TypedData } from './typed-data.ts';

/** A sequence of templates with data, of which most are well-formed and many are nearly so; the same for the same seed. */
export function randomCases(seed: number, count: number): OracleCase[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, () => randomCase(dice));
}

function randomCase(dice: Dice): OracleCase {
  const data = dice.pick([
    rangeable,
    rangeable,
    plainWorkload,
    { pointer: plainWorkload },
    randomMap(dice, 3),
    randomValue(dice, 2),
  ]);
  const functions = dice.pick(['kanister', 'none'] as const);
  const writer = new TemplateWriter(dice, pathsOf(data), functions === 'kanister');
  const text = writer.template();
  return {
    template: dice.oneIn(8) ? damaged(dice, text) : text,
    data,
    missingKey: dice.pick(['error', 'error', 'default', 'zero']),
    functions,
  };
}

const { Owner: _pointer, ...plainFields } = workloadData.fields;

/** The struct without a pointer inside, which verbs would print as an address. */
const plainWorkload: TypedData = { struct: 'shape.Workload', fields: plainFields };

/** The sample without addresses, and without whole numbers over which a loop would never end. */
const rangeable: TypedData = {
  map: Object.fromEntries(
    Object.entries<TypedData>(sample.map)
      .filter(([, value]) => !/"(?:pointer|duration|offset)"|\d{16}/.test(JSON.stringify(value)))
      .concat([['work', plainWorkload]]),
  ),
};

/** A generator of which nothing is asked but that it is quick and gives the same everywhere (mulberry32). */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  oneIn(chances: number): boolean {
    return this.below(chances) === 0;
  }

  pick<T>(from: readonly T[]): T {
    const chosen = from[this.below(from.length)];
    if (chosen === undefined && from.length === 0) throw new Error('nothing to pick from');
    return chosen as T;
  }
}

const keys = ['a', 'b', 'c', 'k', 'Name', 'x1', 'é', 'with-dash'];

function randomMap(dice: Dice, depth: number): TypedData {
  const entries = Array.from({ length: dice.below(6) }, () => [
    dice.pick(keys),
    randomValue(dice, depth - 1),
  ]);
  return { map: Object.fromEntries(entries) as Record<string, TypedData> };
}

function randomValue(dice: Dice, depth: number): TypedData {
  switch (dice.below(depth > 0 ? 16 : 12)) {
    case 0:
      return null;
    case 1:
      return dice.oneIn(2);
    case 2:
      return dice.pick(['', 'a', 'text', 'héllo ☃', 'a<b>&"\'', 'l1\nl2', '%d', '{{ .a }}', '\u0000\u2028']);
    case 3:
      return { integer: dice.pick(['0', '1', '-1', '42', '-9007199254740993']) };
    case 4:
      return { integer: dice.pick(['0', '3', '-7', '-9223372036854775808']), size: 'int64' };
    case 5:
      return {
        integer: dice.pick(['0', '65', '255']),
        size: dice.pick(['uint8', 'uint', 'uint64', 'uint16']),
      };
    case 6:
      return { float: dice.pick(['0', '-0', '1.5', '1e6', '1e21', '1e-7', 'NaN', '+Inf', '0.1', '100']) };
    case 7:
      return { bytes: dice.pick(['', 'YWI=', '/wD+', 'aMOpbGxv']) };
    case 8:
      return { seconds: dice.below(2_000_000_000), nanoseconds: dice.pick([0, 1, 120_000_000]), zone: 'UTC' };
    case 9:
      return { duration: dice.pick(['0', '1', '2', '-3600000000000']) };
    case 10:
      return { text: dice.pick(['', 'high']), type: 'shape.Level' };
    case 11:
      return { nil: dice.pick(['[]string', 'map[string]string', '*shape.Workload', '[]uint8', '*string']) };
    case 12:
      return { list: Array.from({ length: dice.below(4) }, () => randomValue(dice, depth - 1)) };
    case 13:
      return { list: ['x', 'yy', 'z'].slice(dice.below(3)), of: 'string' };
    case 14:
      return { map: { a: '1', k: dice.pick(['v', '']) }, of: 'string' };
    default:
      return randomMap(dice, depth);
  }
}

/** Paths of fields into the data, to three parts. */
function pathsOf(data: TypedData, depth = 3): string[] {
  if (depth === 0 || data === null || typeof data !== 'object') return [];
  if ('pointer' in data) return pathsOf(data.pointer, depth);
  const inner = 'map' in data ? data.map : 'struct' in data ? data.fields : {};
  return Object.entries(inner).flatMap(([key, item]) => [
    // Others can be reached by `index` alone; one of them shows what becomes of a dash.
    ...(/^[\p{L}\p{N}]+$/u.test(key) || depth === 1 ? [`.${key}`] : []),
    ...pathsOf(item, depth - 1).map((path) => `.${key}${path}`),
  ]);
}

const formats = [
  '"%d|%s|%v"',
  '"%5.2f"',
  '"%-6q|"',
  '"%x %X"',
  '"%+v %T"',
  '"%[2]v %[1]v"',
  '"%v"',
  '"%s-%s"',
  '"%05d"',
  '"%t %c %U"',
  '"%#v"',
  '"%!"',
  '"%e %g"',
];

const literals = [
  '0',
  '1',
  '2',
  '-1',
  '42',
  '1.5',
  '-0.25',
  '1e3',
  '0x1F',
  '0b11',
  '0o17',
  '1_000',
  '1i',
  "'a'",
  "'\\n'",
  '""',
  '"a"',
  '"text"',
  '"é☃"',
  '"a<b"',
  '`raw`',
  'true',
  'false',
  'nil',
];

type Likings = readonly (readonly [name: string, count: number])[];

/** Functions that seldom fail, by how many arguments they like: three stands for any number. */
const lenient: Likings = [
  ['and', 3],
  ['or', 3],
  ['not', 1],
  ['print', 3],
  ['println', 3],
  ['html', 3],
  ['js', 3],
  ['urlquery', 3],
  ['list', 3],
  ['quote', 3],
  ['toString', 1],
  ['default', 2],
  ['empty', 1],
  ['kindOf', 1],
  ['printf', 3],
];

/** Functions that want arguments of certain kinds. */
const strict: Likings = [
  ['len', 1],
  ['index', 2],
  ['eq', 2],
  ['ne', 2],
  ['lt', 2],
  ['le', 2],
  ['gt', 2],
  ['ge', 2],
  ['slice', 2],
  ['upper', 1],
  ['add', 2],
  ['ternary', 3],
  ['dict', 2],
  ['first', 1],
  ['trim', 1],
  ['call', 1],
];

const sprigNames = new Set([
  'list',
  'quote',
  'toString',
  'default',
  'empty',
  'kindOf',
  'upper',
  'add',
  'ternary',
  'dict',
  'first',
  'trim',
]);

/** Writes templates, keeping count of the variables that are in scope. */
class TemplateWriter {
  private readonly dice: Dice;
  private readonly paths: readonly string[];
  private readonly hasSprig: boolean;
  private readonly lenient: Likings;
  private readonly strict: Likings;
  private variables = ['$'];
  private named = 0;
  /** Templates that are whole: one that calls itself would end at a depth that differs. */
  private readonly defined: string[] = [];
  /** What the paths lead through from here: the dot, `$`, or neither. */
  private root: '' | '$' | undefined = '';

  constructor(dice: Dice, paths: readonly string[], hasSprig: boolean) {
    this.dice = dice;
    this.paths = paths;
    this.hasSprig = hasSprig;
    const known = ([name]: readonly [string, number]) => hasSprig || !sprigNames.has(name);
    this.lenient = lenient.filter(known);
    this.strict = strict.filter(known);
  }

  template(): string {
    return this.list(2);
  }

  private list(depth: number): string {
    return Array.from({ length: 1 + this.dice.below(3) }, () => this.node(depth)).join('');
  }

  private node(depth: number): string {
    switch (this.dice.below(depth > 0 ? 16 : 6)) {
      case 0:
        return this.dice.pick(['text', ' ', '\n', '  a  \n b', '}', '{ { ', 'é☃', '']);
      case 1:
        return this.action(`/* ${this.dice.pick(['', 'comment', '{{', '\n'])} */`, '');
      case 2:
        return this.declaration();
      case 3:
      case 4:
      case 5:
        return this.action(this.pipeline(2));
      case 6:
      case 7:
        return this.branch('if', depth);
      case 8:
        return this.branch('with', depth);
      case 9:
      case 10:
      case 11:
        return this.range(depth);
      case 12:
        return this.dice.oneIn(2) && (depth === 2 || this.dice.oneIn(20))
          ? this.define(depth)
          : this.block(depth);
      case 13:
        if (this.defined.length === 0) return this.block(depth);
        return this.action(
          `template "${this.dice.oneIn(20) ? 'nope' : this.dice.pick(this.defined)}"${this.dice.oneIn(2) ? ` ${this.pipeline(1)}` : ''}`,
        );
      case 14:
        if (this.dice.oneIn(8))
          return this.action(this.dice.pick(['break', 'continue', 'end', 'else', 'else if true']));
        return this.action(this.pipeline(1));
      default:
        return this.action(this.pipeline(3));
    }
  }

  private action(content: string, space = ' '): string {
    const left = this.dice.oneIn(8) ? '{{- ' : `{{${space}`;
    const right = this.dice.oneIn(8) ? ' -}}' : `${space}}}`;
    return left + content + right;
  }

  private declaration(): string {
    const name = `$${this.dice.pick(['x', 'y', 'z'])}`;
    const assigns = this.variables.includes(name) && this.dice.oneIn(2);
    const text = this.action(`${name} ${assigns ? '=' : ':='} ${this.pipeline(1)}`);
    if (!this.variables.includes(name)) this.variables.push(name);
    return text;
  }

  private branch(keyword: 'if' | 'with', depth: number): string {
    const known = [...this.variables];
    const declares = this.dice.oneIn(5);
    const head = `${keyword} ${declares ? '$x := ' : ''}${this.pipeline(1)}`;
    if (declares) this.variables.push('$x');
    const body = () => this.list(depth - 1);
    let text = this.action(head) + (keyword === 'with' ? this.within('$', body) : body());
    if (this.dice.oneIn(4)) text += this.action(`else ${keyword} ${this.pipeline(1)}`) + this.list(depth - 1);
    if (this.dice.oneIn(2)) text += this.action('else') + this.list(depth - 1);
    this.variables = known;
    return text + this.action('end');
  }

  private range(depth: number): string {
    const known = [...this.variables];
    const names = this.dice.pick([
      '',
      '',
      '$x := ',
      '$i, $x := ',
      this.variables.includes('$x') ? '$x = ' : '',
    ]);
    const over = this.dice.pick([
      String(this.dice.below(4)),
      this.hasSprig ? `list ${this.operand(1)} ${this.operand(0)}` : this.path(),
      '.',
      this.path(),
      this.pipeline(1),
    ]);
    if (names.includes(':=')) this.variables.push(...(names.match(/\$[a-z]/g) ?? []));
    let text = this.action(`range ${names}${over}`) + this.within('$', () => this.list(depth - 1));
    if (this.dice.oneIn(3))
      text +=
        this.action(`if ${this.pipeline(1)}`) +
        this.action(this.dice.pick(['break', 'continue'])) +
        this.action('end');
    if (this.dice.oneIn(3)) text += this.action('else') + this.list(depth - 1);
    this.variables = known;
    return text + this.action('end');
  }

  private define(depth: number): string {
    const name = `t${this.named++}`;
    const text = this.inOwnScope(
      () => this.action(`define "${name}"`) + this.list(depth - 1) + this.action('end'),
    );
    this.defined.push(name);
    return text;
  }

  private block(depth: number): string {
    const name = `t${this.named++}`;
    const head = this.action(`block "${name}" ${this.pipeline(1)}`);
    const text = this.inOwnScope(() => head + this.list(depth - 1) + this.action('end'));
    this.defined.push(name);
    return text;
  }

  private inOwnScope(write: () => string): string {
    const known = this.variables;
    this.variables = ['$'];
    const text = this.within(undefined, write);
    this.variables = known;
    return text;
  }

  private pipeline(depth: number): string {
    const stages = 1 + (this.dice.oneIn(4) ? this.dice.below(3) : 0);
    const texts = Array.from({ length: stages }, (_, i) =>
      i === 0 ? this.command(depth) : this.call(depth - 1),
    );
    return texts.join(this.dice.oneIn(10) ? '|' : ' | ');
  }

  private command(depth: number): string {
    return this.dice.oneIn(2) && depth > 0 ? this.call(depth) : this.operand(depth);
  }

  private call(depth: number, isPiped = false): string {
    if (this.dice.oneIn(400)) return 'nope';
    if (this.dice.oneIn(80)) return `${this.path()} ${this.operand(depth - 1)}`;
    const [name, liked] = this.dice.pick(this.dice.oneIn(6) ? this.strict : this.lenient);
    const wanted = liked === 3 ? 1 + this.dice.below(3) : liked;
    const count = this.dice.oneIn(40) ? this.dice.below(4) : wanted - (isPiped ? 1 : 0);
    const args = Array.from({ length: count }, () => ` ${this.operand(depth - 1)}`);
    if (name === 'printf') args.unshift(` ${this.dice.pick(formats)}`);
    return name + args.join('');
  }

  private operand(depth: number): string {
    switch (this.dice.below(depth > 0 ? 9 : 7)) {
      case 0:
        return '.';
      case 1:
      case 2:
        return this.dice.pick(literals);
      case 3: {
        const variable = this.dice.pick(this.dice.oneIn(60) ? ['$nope'] : this.variables);
        if (variable === '$' && this.root !== undefined && this.paths.length > 0)
          return `$${this.dice.pick(this.paths)}`;
        return this.dice.oneIn(20) ? `${variable}.k` : variable;
      }
      case 4:
      case 5:
      case 6:
        return this.path();
      default:
        return `(${this.pipeline(depth - 1)})${this.dice.oneIn(12) ? '.k' : ''}`;
    }
  }

  private path(): string {
    if (this.root === undefined || this.paths.length === 0) return '.';
    if (this.dice.oneIn(40)) return this.dice.pick(['.nope', '.Name', '.a.b', '.k', '.Year', '.String']);
    return (this.dice.oneIn(15) ? '' : this.root) + this.dice.pick(this.paths);
  }

  private within<T>(root: '$' | undefined, write: () => T): T {
    const outer = this.root;
    this.root = outer === undefined ? undefined : root;
    const text = write();
    this.root = outer;
    return text;
  }
}

const junk = [
  '{{',
  '}}',
  '{{-',
  '-}}',
  ' ',
  '\n',
  '"',
  '`',
  "'",
  '(',
  ')',
  '|',
  '.',
  ',',
  ':=',
  '=',
  '$',
  '/*',
  '*/',
  'end',
  'else',
  '\\',
  '%',
  '0',
  '_',
  'x',
  'é',
  '☃',
  '\u0001',
  '-',
  '+',
  'i',
  'e',
];

/** One to three places where something is missing, doubled or foreign. */
function damaged(dice: Dice, text: string): string {
  let result = text;
  for (let times = 1 + dice.below(3); times > 0; times--) {
    const at = dice.below(result.length + 1);
    const removed = dice.oneIn(2) ? dice.below(4) : 0;
    result = result.slice(0, at) + (dice.oneIn(2) ? dice.pick(junk) : '') + result.slice(at + removed);
  }
  return result.toWellFormed();
}
