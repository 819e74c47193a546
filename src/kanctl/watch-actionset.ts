import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { connectTo } from './connect-to.ts';
import { globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { onlyName } from './only-name.ts';
import { checkFormat, outputFlag } from './output-format.ts';

const FORMATS = ['json', 'yaml'];

/** `kanctl watch actionset` */
export const watchActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary: 'Follow an ActionSet until it has finished',
      description:
        'Follows an ActionSet until it has finished, then shows its phases with their times, outputs and failures.\n' +
        'Exits 0 when it is complete and 1 when it failed or was cancelled.',
      arguments: ['NAME'],
      flags: { output: outputFlag(FORMATS, 'a report at its end') },
      globalFlags,
      async run({ flags, args }) {
        const name = onlyName(args);
        checkFormat(flags.output, FORMATS);
        const { client, namespace } = await connectTo(host, flags);
        const { followActionSet } = await import('./follow-action-set.ts');
        const { printEnd } = await import('./print-end.ts');
        return await printEnd(await followActionSet(client, { name, namespace }, host), flags.output, host);
      },
    },
    host,
  );
