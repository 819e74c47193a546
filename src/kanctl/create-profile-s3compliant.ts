import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { createProfile } from './create-profile-with-secret.ts';
import { readCredentials } from './credential-source.ts';
import { textFlag } from './flag.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { locationFlags, locationOf } from './location-flags.ts';

/** `kanctl create profile s3compliant` */
export const createS3ProfileCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 's3compliant',
      summary: 'Create a Profile for Amazon S3 or a store that speaks its protocol',
      description:
        'Creates a Profile for Amazon S3 or a store that speaks its protocol, and a Secret with its keys.\n' +
        'Keys in a command line can be seen by other users of the machine: --access-key-file and --secret-key-file, or\n' +
        'the variables KANCTL_ACCESS_KEY and KANCTL_SECRET_KEY, keep them out of it.',
      flags: {
        'access-key': textFlag({ short: 'a', usage: 'access key' }),
        'access-key-file': textFlag({ usage: 'file that holds the access key; - for the standard input' }),
        'secret-key': textFlag({ short: 's', usage: 'secret key' }),
        'secret-key-file': textFlag({ usage: 'file that holds the secret key; - for the standard input' }),
        role: textFlag({ short: 'R', usage: 'AWS IAM role to assume' }),
      },
      globalFlags: { ...globalFlags, ...createFlags, ...locationFlags },
      async run({ flags }) {
        const { accessKey, secretKey } = await readCredentials(
          {
            accessKey: {
              flag: 'access-key',
              value: flags['access-key'],
              file: flags['access-key-file'],
              environment: host.settings.accessKey,
            },
            secretKey: {
              flag: 'secret-key',
              value: flags['secret-key'],
              file: flags['secret-key-file'],
              environment: host.settings.secretKey,
            },
          },
          host,
        );
        return await createProfile(
          {
            location: locationOf('s3Compliant', flags),
            skipSSLVerify: flags['skip-SSL-verification'],
            secretPrefix: 's3-secret-',
            profilePrefix: 's3-profile-',
            fields: {
              aws_access_key_id: accessKey,
              aws_secret_access_key: secretKey,
              role: flags.role,
            },
            credential:
              flags.role === ''
                ? { type: 'keyPair', idField: 'aws_access_key_id', secretField: 'aws_secret_access_key' }
                : { type: 'secret', secretType: 'secrets.kanister.io/aws' },
          },
          flags,
          host,
        );
      },
    },
    host,
  );
