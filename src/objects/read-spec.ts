import { Failure } from '../engine/failure.ts';
import { InvalidManifest } from '../kubernetes/manifest-documents.ts';

/**
 * Reads the argument `spec`.
 * @param parse throws {InvalidManifest}
 * @throws {Failure} `InvalidArgument`
 */
export function readSpec<T>(operation: string, spec: string | undefined, parse: (text: string) => T): T {
  if (!spec) throw specMissing(operation);
  try {
    return parse(spec);
  } catch (error) {
    if (!(error instanceof InvalidManifest)) throw error;
    throw new Failure('InvalidArgument', error.message, { argument: 'spec', hint: error.hint, cause: error });
  }
}

export function specMissing(operation: string): Failure {
  return new Failure('InvalidArgument', `spec cannot be empty for ${operation} operation`, {
    argument: 'spec',
    hint: `Give what to ${operation} as spec, in YAML or JSON.`,
  });
}
