import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { booleanFlag, textFlag } from './flag.ts';
import { globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { UsageError } from './usage-error.ts';

const validateFlags = {
  name: textFlag({ usage: 'name of the Profile in the cluster' }),
  filename: textFlag({ short: 'f', usage: 'YAML or JSON file of the object; - for the standard input' }),
  'resource-namespace': textFlag({
    initial: 'default',
    usage:
      "namespace of the object that --name names; that of --namespace where that is given and this isn't",
  }),
  'schema-validation-only': booleanFlag({ usage: "check a Profile's fields only, and not its bucket" }),
  functionVersion: textFlag({
    short: 'v',
    initial: 'v0.0.0',
    usage: 'version of the functions against which a Blueprint is checked',
  }),
};

/** `kanctl validate profile|blueprint|actionset` */
export const validateCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'validate',
      summary: 'Check a Profile, a Blueprint or an ActionSet',
      description:
        'Checks a Profile (its fields, and whether its bucket can be read and written), a Blueprint (whether its\n' +
        'functions exist and get the arguments that they take, and its options) or an ActionSet (its fields).',
      arguments: ['<resource>'],
      flags: validateFlags,
      globalFlags,
      async run({ flags, given, args }) {
        if (args.length !== 1) throw new UsageError(`accepts 1 arg(s), received ${args.length}`);
        if (flags.name === '' && flags.filename === '')
          throw new UsageError('neither name nor filename specified');
        switch (args[0]) {
          case 'profile': {
            const { validateProfileCommand } = await import('./validate-profile.ts');
            const namespace =
              given.has('namespace') && !given.has('resource-namespace')
                ? flags.namespace
                : flags['resource-namespace'];
            return await validateProfileCommand({ ...flags, resourceNamespace: namespace }, host);
          }
          case 'blueprint': {
            const { validateBlueprintCommand } = await import('./validate-blueprint.ts');
            return await validateBlueprintCommand(flags, host);
          }
          case 'actionset': {
            const { validateActionSetCommand } = await import('./validate-actionset.ts');
            return await validateActionSetCommand(flags, host);
          }
          default:
            throw new Error(`resource ${args[0]} is not supported for validate subcommand`);
        }
      },
    },
    host,
  );
