import type { CustomResourceDefinition } from '../api/kanister/custom-resource-definition.ts';
import { checkStructure } from '../api/kanister/check-structure.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { readStandardInput, readTextFile } from './credential-source.ts';
import type { KanctlHost } from './host.ts';

/**
 * An object of ours from a YAML or JSON file, or from the standard input for `-`. Fields of the wrong type are an error;
 * fields that the API server would drop are warned of.
 */
export async function readManifest<T extends KubernetesObject>(
  filename: string,
  definition: CustomResourceDefinition,
  host: KanctlHost,
): Promise<T> {
  const content = filename === '-' ? await readStandardInput(host) : await readTextFile(filename);
  const { InvalidYaml, parseYaml } = await import('../kubernetes/yaml.ts');
  const manifest = parseWith(parseYaml, content, (error) =>
    error instanceof InvalidYaml ? error.goMessage : undefined,
  );
  if (manifest === undefined || manifest === null) throw new Error('EOF: the file holds no object');
  const [version] = definition.spec.versions;
  if (!version) throw new Error(`${definition.metadata.name} has no version`);
  const { problems, unknownFields } = checkStructure(manifest, version.schema.openAPIV3Schema);
  if (problems.length > 0) throw new Error(problems.join('; '));
  for (const field of unknownFields) host.stderr.write(`Warning: unknown field "${field}" is ignored\n`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types have just been checked against the schema
  return manifest as T;
}

/** @throws {Error} with the original's text */
function parseWith(
  parse: (content: string) => unknown,
  content: string,
  originalText: (error: unknown) => string | undefined,
): unknown {
  try {
    return parse(content);
  } catch (error) {
    const cause = originalText(error) ?? (error instanceof Error ? error.message : String(error));
    throw new Error(`error converting YAML to JSON: ${cause}`, { cause: error });
  }
}
