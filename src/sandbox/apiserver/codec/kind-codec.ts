import { goTypeOfKind } from './go-type.ts';
import { createCodecs } from './json-codec.ts';
import type { JsonCodec } from './json-codec.ts';
import { InvalidGoValue, startReading } from './reading.ts';
import type { Reading } from './reading.ts';

// Compiling is a pure function of the published types; what is compiled is kept, because every write needs it.
const codecOf = createCodecs();

/** The codec of a built-in kind; undefined for custom resources. */
export function kindCodec(apiVersion: string, kind: string): JsonCodec | undefined {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const type = goTypeOfKind(group ?? '', version ?? '', kind);
  return type === undefined ? undefined : codecOf(type);
}

/** The codec of `metadata`, which custom resources have in common with all kinds. */
export const metadataCodec = (): JsonCodec => codecOf('meta/v1.ObjectMeta');

/**
 * Decodes a value as Go does.
 * @returns what was read, with the paths of the fields that the type does not have; or what is wrong with it, in Go's words
 */
export function decodeWith(
  codec: JsonCodec,
  value: unknown,
): { decoded: unknown; unknown: string[] } | { fault: string } {
  const reading: Reading = startReading();
  try {
    const decoded = codec.decode(value, reading);
    return reading.fault === undefined ? { decoded, unknown: reading.unknown } : { fault: reading.fault };
  } catch (error) {
    if (error instanceof InvalidGoValue) return { fault: error.message };
    throw error;
  }
}
