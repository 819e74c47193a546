import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { booleanFlag } from './flag.ts';
import type { KanctlHost } from './host.ts';
import {
  folderFlag,
  isKept,
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
      summary: 'End the sandbox and every process in it; `up` goes on with its objects and volumes',
      flags: {
        ...folderFlag,
        purge: booleanFlag({
          usage: 'remove everything it kept, too: objects, volumes, and the content of its object store',
        }),
      },
      globalFlags: {},
      async run({ flags }) {
        const folder = stateFolder(flags.folder, host);
        const state = await readRunningSandbox(folder);
        if (state) await end(state, folder, host);
        else await endWhatIsLeft(folder);
        if (flags.purge && isKept(folder)) {
          const { purgeFolder } = await import('../sandbox/state/remove-sandbox.ts');
          await purgeFolder(folder);
          host.stdout.write(`The sandbox has ended, and nothing of it is left in ${folder}.\n`);
        } else if (state) {
          host.stdout.write(
            `The sandbox has ended. Its objects, volumes and object store are kept in ${folder}.\n`,
          );
        } else host.stdout.write(`No sandbox is running in ${folder}.\n`);
        return 0;
      },
    },
    host,
  );

/** A sandbox that was killed leaves its containers running for the next one. */
async function endWhatIsLeft(folder: string): Promise<void> {
  const { endRemains } = await import('../sandbox/state/remove-sandbox.ts');
  await endRemains(folder);
  await removeState(folder);
}

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
      process.kill(pid, 'SIGKILL');
      await endWhatIsLeft(folder);
      throw new Error(
        `the sandbox (process ${pid}) did not end within ${STOP_TIMEOUT / 1000} s and was killed`,
      );
    }
    await clock.sleep(20, signal);
  }
}
