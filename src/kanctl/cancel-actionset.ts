import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { connectTo } from './connect-to.ts';
import { booleanFlag, durationFlag, textFlag } from './flag.ts';
import { globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { onlyName } from './only-name.ts';
import { checkFormat, formatDocument, outputFlag } from './output-format.ts';
import { UsageError } from './usage-error.ts';

const FORMATS = ['name', 'json', 'yaml'];

/** `kanctl cancel actionset` */
export const cancelActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary: 'Cancel an ActionSet that has not finished',
      description:
        'Asks the operator to cancel an ActionSet: the phase that runs is stopped, the deferPhase is run, and what the run\n' +
        'made for itself is removed. The ActionSet stays, as failed, and says that it was cancelled. Asking twice is no error.',
      arguments: ['NAME'],
      flags: {
        reason: textFlag({ usage: 'why, for whoever looks at it later; kept in an annotation' }),
        wait: booleanFlag({ usage: 'follow it until it has ended, and exit 1 unless it ended as cancelled' }),
        timeout: durationFlag({
          usage: 'how long --wait waits, such as 10m; when absent, until it has ended',
        }),
        'dry-run': booleanFlag({ usage: 'let the API server check the request, and cancel nothing' }),
        output: outputFlag(FORMATS, 'a line of text'),
      },
      globalFlags,
      async run({ flags, args }) {
        const name = onlyName(args);
        const { output, wait, reason, timeout, 'dry-run': dryRun } = flags;
        checkFormat(output, FORMATS);
        if (timeout !== '' && !wait)
          throw new UsageError('--timeout is the time of --wait, which is not given');
        if (wait && dryRun) throw new UsageError('--wait has nothing to wait for: --dry-run cancels nothing');
        const { client, namespace } = await connectTo(host, flags);
        const [{ requestCancel }, { awaitCancelled }] = await Promise.all([
          import('./request-cancel.ts'),
          import('./await-cancelled.ts'),
        ]);
        const object = { name, namespace };
        const { actionSet, outcome } = await requestCancel(client, object, { reason, dryRun }, host);
        // A document has the standard output for itself.
        const stream = output === '' ? host.stdout : host.stderr;
        stream.write(`actionset ${name} ${outcome}${dryRun ? ' (dry run)' : ''}\n`);
        const last = wait ? await awaitCancelled(client, object, timeout, host) : actionSet;
        if (output === 'name') host.stdout.write(`actionset.cr.kanister.io/${name}\n`);
        else if (output !== '') host.stdout.write(await formatDocument(last, output));
      },
    },
    host,
  );
