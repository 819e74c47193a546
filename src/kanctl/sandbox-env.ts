import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import type { KanctlHost } from './host.ts';
import { exportLine, folderFlag, readRunningSandbox, stateFolder } from './sandbox-state.ts';

/** `eval "$(kanctl sandbox env)"` */
export const sandboxEnvCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'env',
      summary: 'Print the line for a shell that makes kubectl and kanctl use the sandbox',
      description: 'For a shell: eval "$(kanctl sandbox env)". No file of yours is changed.',
      flags: folderFlag,
      globalFlags: {},
      async run({ flags }) {
        const folder = stateFolder(flags.folder, host);
        const state = await readRunningSandbox(folder);
        if (!state)
          throw new Error(`no sandbox is running in ${folder}: start it with \`kanctl sandbox up\``);
        host.stdout.write(`${exportLine(state)}\n`);
      },
    },
    host,
  );
