import type { ArgumentSchema } from '../src/engine/arguments.ts';
import type { FunctionDefinition, PermissionRule } from '../src/engine/function.ts';

/** The documentation of functions, in Markdown, made from nothing but their definitions. */
export function functionsPage(functions: readonly FunctionDefinition[]): string {
  return [INTRODUCTION, ...functions.map(section)].join('\n');
}

const INTRODUCTION = `# Functions

What the phases of a Blueprint can do. Arguments are templates; text is turned into numbers, booleans and lists where an argument asks for them. This page is made from the
definitions of the functions: \`node scripts/document-functions.ts\`.

A command emits outputs with \`kando output KEY VALUE\`; later phases see them as \`{{ .Phases.NAME.Output.KEY }}\`.
`;

function section(definition: FunctionDefinition): string {
  const { name, doc = '', args, outputs, permissions, afterRestart, needsProfile } = definition;
  return [
    `## ${name}`,
    '',
    needsProfile ? `${doc} Needs a Profile.` : doc,
    '',
    table(['argument', 'type', 'required', 'default', ''], Object.entries(args).map(argumentRow)),
    '',
    `Outputs: ${outputsText(outputs)}.`,
    ...(afterRestart === undefined ? [] : ['', `When the operator ends while it runs: ${afterRestart}`]),
    '',
    ...(permissions.length === 0
      ? ['It needs no rights in the cluster.']
      : ['Rights of the operator:', '', '```yaml', ...permissions.map(rule), '```']),
    '',
  ].join('\n');
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

function outputsText(outputs: FunctionDefinition['outputs']): string {
  if (outputs === 'markers') return 'what the command emits';
  const entries = Object.entries(outputs);
  return entries.length === 0 ? 'none' : entries.map(([key, what]) => `\`${key}\`, ${what}`).join('; ');
}

function rule({ group, resources, verbs }: PermissionRule): string {
  return `- {apiGroups: ["${group}"], resources: [${resources.join(', ')}], verbs: [${verbs.join(', ')}]}`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
