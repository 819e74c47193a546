import type { Command } from 'commander';
import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { defineCommand } from './command.ts';
import { connectTo } from './connect-to.ts';
import { globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { onlyName } from './only-name.ts';
import { checkFormat, formatDocument, outputFlag } from './output-format.ts';

const FORMATS = ['json', 'yaml'];

/** `kanctl describe actionset` */
export const describeActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary: 'Explain an ActionSet on one page',
      description:
        'Explains an ActionSet on one page: how far it is or how it ended, its phases with their times, attempts and\n' +
        'outputs, what failed, why, and what to do next.',
      arguments: ['NAME'],
      flags: { output: outputFlag(FORMATS, 'a page of text') },
      globalFlags,
      async run({ flags, args }) {
        const name = onlyName(args);
        checkFormat(flags.output, FORMATS);
        const { client, namespace } = await connectTo(host, flags);
        const [{ actionSetTimeline }, { actionSetPage }] = await Promise.all([
          import('../api/kanister/timeline.ts'),
          import('./action-set-page.ts'),
        ]);
        const actionSet = await client.get<ActionSet>(
          ACTION_SETS,
          { name, namespace },
          { signal: host.signal },
        );
        const timeline = actionSetTimeline(actionSet, host.clock.now());
        host.stdout.write(
          flags.output === '' ? actionSetPage(timeline) : await formatDocument(timeline, flags.output),
        );
      },
    },
    host,
  );
