import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { createProfile } from './create-profile-with-secret.ts';
import { readTextFile } from './credential-source.ts';
import { textFlag } from './flag.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { locationFlags, locationOf } from './location-flags.ts';
import { UsageError } from './usage-error.ts';

/** `kanctl create profile gcp` */
export const createGcpProfileCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'gcp',
      summary: 'Create a Profile for Google Cloud Storage',
      flags: {
        'project-id': textFlag({ short: 'a', usage: 'ID of the project' }),
        'service-key': textFlag({ short: 's', usage: 'JSON file with the credentials of a service account' }),
      },
      globalFlags: { ...globalFlags, ...createFlags, ...locationFlags },
      async run({ flags }) {
        const missing = (['project-id', 'service-key'] as const).filter((name) => flags[name] === '');
        if (missing.length > 0) {
          throw new UsageError(`required flag(s) ${missing.map((name) => `"${name}"`).join(', ')} not set`);
        }
        return await createProfile(
          {
            location: locationOf('gcs', flags),
            skipSSLVerify: flags['skip-SSL-verification'],
            secretPrefix: 'gcp-secret-',
            profilePrefix: 'gcp-profile-',
            fields: {
              gcp_project_id: flags['project-id'],
              gcp_service_key: await readServiceKey(flags['service-key']),
            },
            credential: { type: 'keyPair', idField: 'gcp_project_id', secretField: 'gcp_service_key' },
          },
          flags,
          host,
        );
      },
    },
    host,
  );

/** What Google's libraries accept as `type`. */
const CREDENTIAL_TYPES = [
  'service_account',
  'authorized_user',
  'external_account',
  'external_account_authorized_user',
  'impersonated_service_account',
];

async function readServiceKey(path: string): Promise<string> {
  const content = await readTextFile(path);
  const type = credentialType(content);
  if (type === undefined || !CREDENTIAL_TYPES.includes(type)) {
    throw new Error(
      `${path} holds no Google credentials: expected a JSON object whose type is one of ${CREDENTIAL_TYPES.join(', ')}` +
        `${type === undefined ? '' : `, found ${JSON.stringify(type)}`}. Download a JSON key of the service account.`,
    );
  }
  return content;
}

/** Undefined when it is not a JSON object with a type; the content itself never stands in a message. */
function credentialType(content: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    // The parser's message quotes the content, which is a secret.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('type' in parsed)) return undefined;
  return typeof parsed.type === 'string' ? parsed.type : undefined;
}
