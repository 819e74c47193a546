import type { CallSite } from './call.ts';
import { nearestName } from './nearest-name.ts';
import { nodeText } from './nodes.ts';
import type { AnyNode } from './nodes.ts';
import { quote } from './quote.ts';
import type { StructValue } from './value.ts';

/** How many names a hint lists; where there are more, it lists none. */
const listed = 12;

/** What was probably meant by a key that a map lacks or a field that a struct lacks; else what there is. */
export function hintForField({ node, place, name }: CallSite, known: readonly string[]): string | undefined {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `Did you mean ${reached(node, place, nearest)}?`;
  const receiver = receiverText(node, place);
  if (known.length === 0) return `${receiver} is empty here.`;
  return known.length > listed ? undefined : `${receiver} has ${known.toSorted().join(', ')}.`;
}

export function hintForNil({ node, place }: CallSite): string {
  const receiver = receiverText(node, place);
  return `${receiver} is not set here; {{ with ${receiver} }} … {{ end }} leaves out what needs it.`;
}

/** For a function, a variable or a template that is not there. */
export function hintForName(name: string, known: Iterable<string>): string | undefined {
  const nearest = nearestName(name, known);
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
}

/** For an argument of another type than the function takes: sprig has a function that makes one of it. */
export function hintForType(wanted: string): string | undefined {
  const converter = converters[wanted];
  return converter === undefined ? undefined : `Pass it through ${converter} first.`;
}

const converters: Readonly<Record<string, string>> = {
  string: 'toString',
  int: 'int',
  float64: 'float64',
};

/**
 * For a name with a dash behind a dot.
 * @param receiver what stands before that dot; `.` when nothing does.
 */
export function hintForDash(receiver: string, name: string): string {
  return `A name like this one is reached by {{ index ${receiver} ${quote(name)} }}.`;
}

/** Names of the fields that a template can reach, those of embedded structs included. */
export function fieldNames({ fields }: StructValue): string[] {
  return fields.flatMap((field) => {
    const inner = field.value.kind === 'pointer' ? field.value.target : field.value;
    const promoted = field.embedded === true && inner?.kind === 'struct' ? fieldNames(inner) : [];
    return field.hidden === true ? promoted : [field.name, ...promoted];
  });
}

/** The expression up to the part at `place`, with another name there. */
function reached(node: AnyNode, place: number, name: string): string {
  if (!/^[\p{L}\p{Nd}_]+$/u.test(name)) return `index ${receiverText(node, place)} ${quote(name)}`;
  return 'path' in node ? nodeText({ ...node, path: [...node.path.slice(0, place), name] }) : name;
}

/** The expression up to the part at `place`, without it. */
function receiverText(node: AnyNode, place: number): string {
  if (!('path' in node)) return '.';
  if (place > 0) return nodeText({ ...node, path: node.path.slice(0, place) });
  return node.type === 'chain' ? nodeText({ ...node, path: [] }) : '.';
}
