import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { connectTo } from './connect-to.ts';
import { globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { UsageError } from './usage-error.ts';

/** `kanctl watch actionset` */
export const watchActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary: 'Follow an ActionSet until it has finished',
      description:
        'Follows an ActionSet until it has finished, then shows its phases with their times, outputs and failures.\n' +
        'Exits 0 when it is complete and 1 when it failed.',
      arguments: ['NAME'],
      flags: {},
      globalFlags,
      async run({ flags, args }) {
        const [name] = args;
        if (name === undefined || args.length > 1)
          throw new UsageError(`accepts 1 arg(s), received ${args.length}`);
        const { client, namespace } = await connectTo(host, flags);
        const { followActionSet } = await import('./follow-action-set.ts');
        return await followActionSet(client, { name, namespace }, host);
      },
    },
    host,
  );
