import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { textFlag } from './flag.ts';
import type { KanctlHost } from './host.ts';
import { folderFlag, isKept, logFile, readRunningSandbox, stateFolder } from './sandbox-state.ts';
import { UsageError } from './usage-error.ts';

/** `kanctl sandbox status`: exits with 1 when none is running. */
export const sandboxStatusCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'status',
      summary: 'Show whether the sandbox is running, and where',
      flags: { ...folderFlag, output: textFlag({ short: 'o', usage: 'json; text when absent' }) },
      globalFlags: {},
      async run({ flags }) {
        if (!['', 'json'].includes(flags.output)) {
          throw new UsageError(`unknown output format ${JSON.stringify(flags.output)}: expected json`);
        }
        const folder = stateFolder(flags.folder, host);
        const state = await readRunningSandbox(folder);
        if (flags.output === 'json') {
          host.stdout.write(
            `${JSON.stringify({ running: state !== undefined, kept: isKept(folder), folder, ...state }, null, 2)}\n`,
          );
        } else if (state) {
          const { url, kubeconfig, objectStore, process, limitsMemory } = state;
          const rows = [
            ['Kubernetes', url],
            ['KUBECONFIG', kubeconfig],
            ['S3', `${objectStore.endpoint}, bucket ${objectStore.bucket}`],
            [
              'Memory',
              limitsMemory
                ? 'limits are enforced'
                : 'limits are not enforced: this account can make no control groups here',
            ],
            ['Process', String(process.pid)],
            ['Log', logFile(folder)],
          ];
          host.stdout.write(rows.map(([name = '', value = '']) => `${name.padEnd(12)}${value}\n`).join(''));
        } else {
          const hint = isKept(folder) ? ' `kanctl sandbox up` goes on with what is kept there.' : '';
          host.stdout.write(`No sandbox is running in ${folder}.${hint}\n`);
        }
        return state ? 0 : 1;
      },
    },
    host,
  );
