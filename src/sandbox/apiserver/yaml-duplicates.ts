import { InvalidYaml, parseYaml } from '../../kubernetes/yaml.ts';

const PREFIX = 'yaml: unmarshal errors:\n';

/**
 * The keys of a YAML text that stand twice in one mapping, each as the API server tells of it: `line 4: key "x" already set in map`. To the server the last
 * of them counts, so such a text is otherwise sound.
 * @throws {InvalidYaml} where it is not
 */
export function duplicatesIn(text: string): string[] {
  try {
    parseYaml(text);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidYaml) || !error.goMessage.startsWith(PREFIX)) throw error;
    return error.goMessage
      .slice(PREFIX.length)
      .split('\n')
      .map((line) => line.trim());
  }
}
