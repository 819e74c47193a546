import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { createProfile } from './create-profile-with-secret.ts';
import { readCredentials } from './credential-source.ts';
import { textFlag } from './flag.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { locationFlags, locationOf } from './location-flags.ts';

/** `kanctl create profile azure` */
export const createAzureProfileCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'azure',
      summary: 'Create a Profile for Azure Blob Storage',
      flags: {
        'storage-account': textFlag({ short: 'a', usage: 'name of the storage account' }),
        'storage-key': textFlag({ short: 's', usage: 'key of the storage account' }),
        'storage-key-file': textFlag({
          usage: 'file that holds the key, or - for the standard input; $KANCTL_STORAGE_KEY when absent, too',
        }),
        'storage-env': textFlag({
          usage: 'Azure cloud: AzurePublicCloud, AzureUSGovernmentCloud, AzureChinaCloud',
        }),
      },
      globalFlags: { ...globalFlags, ...createFlags, ...locationFlags },
      async run({ flags }) {
        const { account, key } = await readCredentials(
          {
            account: { flag: 'storage-account', value: flags['storage-account'], file: '', environment: '' },
            key: {
              flag: 'storage-key',
              value: flags['storage-key'],
              file: flags['storage-key-file'],
              environment: host.settings.storageKey,
            },
          },
          host,
        );
        return await createProfile(
          {
            location: locationOf('azure', flags),
            skipSSLVerify: flags['skip-SSL-verification'],
            secretPrefix: 'azure-secret-',
            profilePrefix: 'azure-profile-',
            fields: {
              azure_storage_account_id: account,
              azure_storage_key: key,
              azure_storage_environment: flags['storage-env'],
            },
            credential:
              flags['storage-env'] === ''
                ? { type: 'keyPair', idField: 'azure_storage_account_id', secretField: 'azure_storage_key' }
                : // The original leaves the type out, and no function can use the Secret then.
                  { type: 'secret', secretType: 'secrets.kanister.io/azure' },
          },
          flags,
          host,
        );
      },
    },
    host,
  );
