import type { ArgumentSchema } from '../src/engine/arguments.ts';
import type { FunctionDefinition, PermissionRule } from '../src/engine/function.ts';

/** Of the file in `docs/functions` and of that in `docs/functions/prose`. */
export function pageNameOf(functionName: string): string {
  const words = functionName.replaceAll(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3-$2');
  return `${words.toLowerCase()}.md`;
}

/**
 * The documentation of a function, in Markdown.
 * @param prose what a person wrote about it: text, then an example, which begins with the first block of YAML
 */
export function functionPage(definition: FunctionDefinition, prose: string): string {
  const {
    name,
    doc = '',
    args,
    outputs,
    permissions,
    afterRestart = '',
    needsProfile,
    rendered,
  } = definition;
  const { text, example } = partsOf(prose);
  return [
    `# ${name}`,
    '',
    needsProfile ? `${doc} Needs a Profile.` : doc,
    '',
    ...(text === '' ? [] : [text, '']),
    '## Arguments',
    '',
    table(['argument', 'type', 'required', 'default', ''], Object.entries(args).map(argumentRow)),
    '',
    ...(rendered === undefined ? [] : [renderedText(rendered), '']),
    '## Outputs',
    '',
    outputsText(outputs),
    '',
    '## When the operator ends meanwhile',
    '',
    afterRestart,
    '',
    '## Rights of the operator',
    '',
    ...(permissions.length === 0 ? ['None in the cluster.'] : ['```yaml', ...permissions.map(rule), '```']),
    '',
    ...(example === '' ? [] : ['## Example', '', example, '']),
  ].join('\n');
}

/** A heading of its own is not needed. */
const EXAMPLE = /^(?:#+ Examples?\n+)?(?=```yaml$)/m;

function partsOf(prose: string): { text: string; example: string } {
  const start = prose.search(EXAMPLE);
  if (start === -1) return { text: prose.trim(), example: '' };
  const example = prose.slice(start).replace(/^#+ Examples?\n+/, '');
  return { text: prose.slice(0, start).trim(), example: example.trim() };
}

const TYPES: Record<ArgumentSchema<unknown>['type'], string> = {
  string: 'text',
  integer: 'number',
  boolean: 'boolean',
  stringList: 'list of texts',
  stringMap: 'map of texts',
  object: 'object',
  any: 'any',
};

function argumentRow([name, schema]: [string, ArgumentSchema<unknown>]): string[] {
  const byDefault = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  const names = [name, ...(schema.aliases ?? [])].map((spelling) => `\`${spelling}\``).join(' or ');
  return [names, TYPES[schema.type], schema.required ? 'yes' : '', byDefault, schema.doc];
}

function renderedText(rendered: readonly string[]): string {
  if (rendered.length === 0) return 'The arguments are not rendered before the function gets them.';
  const names = rendered.map((name) => `\`${name}\``).join(', ');
  return `Only ${names} ${rendered.length === 1 ? 'is' : 'are'} rendered before the function gets the arguments.`;
}

function outputsText(outputs: FunctionDefinition['outputs']): string {
  if (outputs === 'markers') return 'What the command emits.';
  const entries = Object.entries(outputs);
  if (entries.length === 0) return 'None.';
  return table(
    ['key', ''],
    entries.map(([key, what]) => [`\`${key}\``, what]),
  );
}

function rule({ group, resources, verbs }: PermissionRule): string {
  const names = resources.map((name) => (name === '*' ? '"*"' : name));
  return `- {apiGroups: ["${group}"], resources: [${names.join(', ')}], verbs: [${verbs.join(', ')}]}`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
