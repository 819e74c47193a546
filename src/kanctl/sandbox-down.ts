import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import type { KanctlHost } from './host.ts';
import {
  folderFlag,
  readRunningSandbox,
  removeState,
  type SandboxState,
  stateFolder,
} from './sandbox-state.ts';

const STOP_TIMEOUT = 60_000;

/** `kanctl sandbox down` */
export const sandboxDownCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'down',
      summary: 'End the sandbox and everything that runs in it; its object store is kept',
      flags: folderFlag,
      globalFlags: {},
      async run({ flags }) {
        const folder = stateFolder(flags.folder, host);
        const state = await readRunningSandbox(folder);
        if (!state) {
          await removeState(folder);
          host.stdout.write(`No sandbox is running in ${folder}.\n`);
          return 0;
        }
        await end(state, folder, host);
        host.stdout.write(`The sandbox has ended. Its object store is kept in ${folder}/s3.\n`);
        return 0;
      },
    },
    host,
  );

async function end(
  { process: sandbox }: SandboxState,
  folder: string,
  { clock, signal }: KanctlHost,
): Promise<void> {
  const { pid } = sandbox;
  process.kill(pid, 'SIGTERM');
  const deadline = clock.monotonic() + STOP_TIMEOUT;
  const { isRunning } = await import('../sandbox/process-identity.ts');
  while (isRunning(sandbox)) {
    if (clock.monotonic() >= deadline) {
      process.kill(pid, 'SIGKILL'); // the kernel ends its containers with it
      await removeState(folder);
      throw new Error(
        `the sandbox (process ${pid}) did not end within ${STOP_TIMEOUT / 1000} s and was killed`,
      );
    }
    await clock.sleep(50, signal);
  }
}
