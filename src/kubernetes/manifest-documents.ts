import type { Json } from './objects.ts';
import { InvalidYaml, parseYamlDocuments } from './yaml.ts';

/**
 * What the YAML documents of a text are, or the JSON objects that stand one after the other in it; without those that have no content. As
 * for kubectl, the last one of keys that stand twice is taken.
 * @throws {InvalidManifest}
 */
export function manifestDocuments(text: string): Json[] {
  try {
    return jsonObjects(text) ?? parseYamlDocuments(text, undefined, { duplicates: 'last' });
  } catch (error) {
    if (!(error instanceof InvalidYaml)) throw error;
    throw new InvalidManifest(
      `error parsing resource: error converting YAML to JSON: ${error.goMessage}`,
      `Correct the text: ${error.message}. A template may have put something there that needs quotes or another indentation.`,
      error,
    );
  }
}

/** Begins with the words of Kubernetes' own programs. Repeats no values, which may be secret. */
export class InvalidManifest extends Error {
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'InvalidManifest';
    this.hint = hint;
  }
}

/** Nothing where the text is not JSON from its beginning to its end. */
function jsonObjects(text: string): Json[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return splitObjects(text).map((part): Json => JSON.parse(part));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Cuts after each closing brace of the outermost objects. */
function splitObjects(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') depth += 1;
    if (token !== '}') continue;
    depth -= 1;
    if (depth > 0) continue;
    parts.push(text.slice(start, index + 1));
    start = index + 1;
  }
  const rest = text.slice(start);
  return rest.trim() === '' ? parts : [...parts, rest];
}
