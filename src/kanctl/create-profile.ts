import type { Command } from 'commander';
import { defineGroup } from './command.ts';
import { createAzureProfileCommand } from './create-profile-azure.ts';
import { createGcpProfileCommand } from './create-profile-gcp.ts';
import { createS3ProfileCommand } from './create-profile-s3compliant.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { locationFlags } from './location-flags.ts';

/** `kanctl create profile` */
export const createProfileGroup = (host: KanctlHost): Command =>
  defineGroup(
    {
      name: 'profile',
      summary: 'Create a Profile and the Secret with its credentials',
      flags: { ...globalFlags, ...createFlags, ...locationFlags },
      commands: () => [
        createS3ProfileCommand(host),
        createGcpProfileCommand(host),
        createAzureProfileCommand(host),
      ],
    },
    host,
  );
