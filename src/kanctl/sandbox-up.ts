import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { booleanFlag } from './flag.ts';
import type { KanctlHost } from './host.ts';
import { sandboxFlags } from './sandbox-flags.ts';
import { type ServeOptions, serveSandbox } from './sandbox-serve.ts';
import { logFile, readRunningSandbox, type SandboxState, stateFolder } from './sandbox-state.ts';
import { UsageError } from './usage-error.ts';

const START_TIMEOUT = 60_000;

/** `kanctl sandbox up` */
export const sandboxUpCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'up',
      summary: 'Start the sandbox, unless it runs already',
      flags: {
        ...sandboxFlags,
        foreground: booleanFlag({ usage: 'run it in this process until ^C' }),
      },
      globalFlags: {},
      async run({ flags }) {
        if (flags.port !== '' && !(/^\d+$/.test(flags.port) && Number(flags.port) <= 65_535)) {
          throw new UsageError(`--port is ${JSON.stringify(flags.port)}: expected a port number`);
        }
        const options = { folder: stateFolder(flags.folder, host), port: flags.port, images: flags.images };
        const print = (state: SandboxState) => void host.stdout.write(nextSteps(state));
        if (flags.foreground) return serveSandbox(options, host, print);
        print((await readRunningSandbox(options.folder)) ?? (await startInBackground(options, host)));
        return 0;
      },
    },
    host,
  );

function nextSteps({ url, kubeconfig, objectStore }: SandboxState): string {
  return [
    `The sandbox is running: Kubernetes at ${url}, S3 at ${objectStore.endpoint} (bucket ${objectStore.bucket}).`,
    'Once the Kanister resources are installed, its Profile is default/sandbox. To use it:',
    '',
    `  export KUBECONFIG=${/^[\w/.-]+$/.test(kubeconfig) ? kubeconfig : `'${kubeconfig.replaceAll("'", `'\\''`)}'`}`,
    '',
  ].join('\n');
}

/** Starts this program again, without a terminal, and waits until its sandbox is ready. */
async function startInBackground(options: ServeOptions, host: KanctlHost): Promise<SandboxState> {
  const { folder, port, images } = options;
  mkdirSync(folder, { recursive: true });
  const file = logFile(folder);
  writeFileSync(file, '');
  const log = openSync(file, 'a');
  const flags = [
    `--folder=${folder}`,
    ...(port === '' ? [] : [`--port=${port}`]),
    ...(images === '' ? [] : [`--images=${images}`]),
  ];
  const child = spawn(process.execPath, [await ownProgram(), 'sandbox', 'serve', ...flags], {
    env: host.settings.environment,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `it ended with ${signal ?? `exit code ${code}`}`));
  const deadline = host.clock.monotonic() + START_TIMEOUT;
  while (failure === undefined && host.clock.monotonic() < deadline) {
    const state = await readRunningSandbox(folder);
    if (state) {
      child.unref();
      return state;
    }
    try {
      await host.clock.sleep(50, host.signal);
    } catch (error) {
      child.kill('SIGTERM');
      throw error;
    }
  }
  if (failure === undefined) child.kill('SIGTERM');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  throw new Error(
    `the sandbox did not start: ${failure ?? `it was not ready after ${START_TIMEOUT / 1000} s`}; its log ${file} ends with:\n${lines}`,
  );
}

/** The file that runs as kanctl: the sources' or the bundle's. */
async function ownProgram(): Promise<string> {
  const { projectFolder } = await import('../sandbox/project-folder.ts');
  const fromSources = import.meta.filename.endsWith('.ts');
  return join(projectFolder(import.meta.dirname), fromSources ? 'src/kanctl/main.ts' : 'dist/kanctl.js');
}
