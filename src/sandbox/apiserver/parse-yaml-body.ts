import { InvalidYaml, parseYaml } from '../../kubernetes/yaml.ts';

const PREFIX = 'yaml: unmarshal errors:\n';

/**
 * A YAML or JSON text as the API server reads it: of a key that stands twice in one mapping, the last value counts. `duplicates` are the lines in which it
 * tells of such keys: `line 4: key "x" already set in map`.
 * @throws {InvalidYaml} where the text is otherwise unsound
 */
export function parseYamlBody(text: string): { value: unknown; duplicates: string[] } {
  try {
    return { value: parseYaml(text), duplicates: [] };
  } catch (error) {
    if (!(error instanceof InvalidYaml) || !error.goMessage.startsWith(PREFIX)) throw error;
    const lines = error.goMessage.slice(PREFIX.length).split('\n');
    const value = parseYaml(text, undefined, { duplicates: 'last' });
    return { value, duplicates: lines.map((line) => line.trim()) };
  }
}
