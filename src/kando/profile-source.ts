import { readFile } from 'node:fs/promises';
import { GoJsonError, parseGoJson } from '../api/go-json.ts';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import type { Json, JsonObject } from '../kubernetes/objects.ts';
import type { LocationFlags } from './location.ts';
import type { KandoSettings } from './settings.ts';
import { systemErrorText } from './system-error-text.ts';
import { UsageError } from './usage-error.ts';

/**
 * The Profile from the one place that has it: `--profile`, `--profile-file` or KANDO_PROFILE. Nothing of it is ever repeated in an error.
 * @throws {UsageError} when none or several give it
 */
export async function readProfile(
  { profile, profileFile }: LocationFlags,
  settings: KandoSettings,
): Promise<ResolvedProfile> {
  const sources = [
    { name: '--profile', given: profile },
    { name: '--profile-file', given: profileFile },
    { name: 'KANDO_PROFILE in the environment', given: settings.profile },
  ].filter(({ given }) => given !== '');
  if (sources.length === 0) {
    throw new UsageError(
      'Please provide either --profile or --profile-file, or KANDO_PROFILE in the environment, with the Profile of the object store',
    );
  }
  if (sources.length > 1) {
    throw new UsageError(
      `the Profile must come from one place only, found ${sources.map(({ name }) => name).join(' and ')}`,
    );
  }
  return parseProfile(profile || settings.profile || (await readProfileFile(profileFile)));
}

async function readProfileFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`failed to read the profile: open ${file}: ${systemErrorText(error)}`, { cause: error });
  }
}

/** Decodes as Go does: names in any case, what is missing or null is empty, what is unknown is ignored. */
function parseProfile(text: string): ResolvedProfile {
  try {
    const profile = reader(parseGoJson(text), 'Profile');
    const location = profile.object('Location');
    const credential = profile.object('Credential');
    const keyPair = credential.optional('KeyPair');
    return {
      Location: {
        type: location.text('type'),
        bucket: location.text('bucket'),
        endpoint: location.text('endpoint'),
        prefix: location.text('prefix'),
        region: location.text('region'),
      },
      Credential: {
        Type: credential.text('Type'),
        KeyPair: keyPair && { ID: keyPair.text('ID'), Secret: keyPair.text('Secret') },
        Secret: readSecret(credential.optional('Secret')),
        KopiaServerSecret: null, // its location type is refused before it would be read
      },
      SkipSSLVerify: profile.flag('SkipSSLVerify'),
    };
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    throw new UsageError(`failed to unmarshal profile: ${error.message}`);
  }
}

function readSecret(secret: Reader | null): ResolvedProfile['Credential']['Secret'] {
  if (secret === null) return null;
  const metadata = secret.object('metadata');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: secret.text('type'),
    metadata: { name: metadata.text('name'), namespace: metadata.text('namespace') },
    data: secret.texts('data'),
  };
}

type Reader = ReturnType<typeof reader>;

/** Reads fields of a decoded object; errors name the field and never the value. */
function reader(value: Json, path: string) {
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw wrongType(value, path, 'object');
  const fields = new Map(Object.entries(value ?? {}).map(([name, field]) => [name.toLowerCase(), field]));
  const field = (name: string): Json => fields.get(name.toLowerCase()) ?? null;
  return {
    text(name: string): string {
      const found = field(name);
      if (found === null) return '';
      if (typeof found !== 'string') throw wrongType(found, `${path}.${name}`, 'string');
      return found;
    },
    flag(name: string): boolean {
      const found = field(name);
      if (found === null) return false;
      if (typeof found !== 'boolean') throw wrongType(found, `${path}.${name}`, 'bool');
      return found;
    },
    texts(name: string): Record<string, string> {
      const found: JsonObject = reader(field(name), `${path}.${name}`).fields();
      return Object.fromEntries(
        Object.entries(found).map(([key, text]) => {
          if (typeof text !== 'string') throw wrongType(text, `${path}.${name}.${key}`, 'string');
          return [key, text];
        }),
      );
    },
    object: (name: string) => reader(field(name), `${path}.${name}`),
    optional: (name: string) => (field(name) === null ? null : reader(field(name), `${path}.${name}`)),
    fields: (): JsonObject => value ?? {},
  };
}

function wrongType(value: Json, path: string, expected: string): GoJsonError {
  const found = Array.isArray(value) ? 'array' : typeof value;
  return new GoJsonError(`json: cannot unmarshal ${found} into Go struct field ${path} of type ${expected}`);
}
