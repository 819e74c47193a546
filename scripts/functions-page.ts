import type { FunctionDefinition } from '../src/engine/function.ts';
import { pageNameOf } from './function-page.ts';

/** The list of functions, in Markdown, made from nothing but their definitions. */
export function functionsPage(functions: readonly FunctionDefinition[]): string {
  return [
    INTRODUCTION,
    '| function | what it does |',
    '| --- | --- |',
    ...functions.map(({ name, doc = '' }) => `| [${name}](functions/${pageNameOf(name)}) | ${doc} |`),
    '',
  ].join('\n');
}

const INTRODUCTION = `# Functions

What the phases of a Blueprint can do. Each function has a page, with its arguments, outputs, rights and an example; the pages are made from the definitions of the functions and
what stands in \`docs/functions/prose\`: \`node scripts/document-functions.ts\`.

Arguments are templates, with Go's syntax; [templates.md](templates.md) says what they can refer to. Text is turned into numbers, booleans and lists where an argument asks for them, and a
number where it asks for a text into its digits; \`true\` becomes \`1\`, as it always did.

A command emits outputs with \`kando output KEY VALUE\`; later phases see them as \`{{ .Phases.NAME.Output.KEY }}\`.
`;
