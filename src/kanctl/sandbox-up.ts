import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { booleanFlag } from './flag.ts';
import type { KanctlHost } from './host.ts';
import { portNumber, sandboxFlags, serveArguments, type ServeOptions } from './sandbox-flags.ts';
import { REPORT_DESCRIPTOR, serveSandbox, type StartReport } from './sandbox-serve.ts';
import { exportLine, logFile, readRunningSandbox, type SandboxState, stateFolder } from './sandbox-state.ts';

const START_TIMEOUT = 60_000;

/** `kanctl sandbox up` */
export const sandboxUpCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'up',
      summary: 'Start the sandbox, or go on with the one of the folder, unless it runs already',
      flags: {
        ...sandboxFlags,
        foreground: booleanFlag({ usage: 'run it in this process until ^C' }),
      },
      globalFlags: {},
      async run({ flags }) {
        const options = { ...flags, folder: stateFolder(flags.folder, host) };
        portNumber(options);
        const print = (state: SandboxState) => void host.stdout.write(nextSteps(state));
        if (flags.foreground) return serveSandbox(options, host, { onReady: print });
        const running = await readRunningSandbox(options.folder);
        if (running && flags.reset) {
          throw new Error(
            `a sandbox runs in ${options.folder}: end it with \`kanctl sandbox down\` before --reset`,
          );
        }
        print(running ?? (await startInBackground(options, host)));
        return 0;
      },
    },
    host,
  );

function nextSteps(state: SandboxState): string {
  const { url, objectStore } = state;
  return [
    `The sandbox is running: Kubernetes at ${url}, S3 at ${objectStore.endpoint} (bucket ${objectStore.bucket}).`,
    'Once the Kanister resources are installed, its Profile is default/sandbox. To use it:',
    '',
    `  ${exportLine(state)}`,
    '',
  ].join('\n');
}

/** Starts this program again, without a terminal, and waits until its sandbox is ready. */
async function startInBackground(options: ServeOptions, host: KanctlHost): Promise<SandboxState> {
  const file = logFile(options.folder);
  const log = openLog(options.folder);
  const child = spawn(
    process.execPath,
    [await ownProgram(), 'sandbox', 'serve', '--report', ...serveArguments(options)],
    { env: host.settings.environment, detached: true, stdio: ['ignore', log, log, 'pipe'] },
  );
  closeSync(log);
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pipe = child.stdio[REPORT_DESCRIPTOR];
  if (!(pipe instanceof Readable)) throw new Error('the sandbox was started without a pipe to report on');
  const limit = AbortSignal.any([host.signal, AbortSignal.timeout(START_TIMEOUT)]);
  const giveUp = () => child.kill('SIGTERM');
  limit.addEventListener('abort', giveUp, { once: true });
  // Ends with the report, or with the process that did not come to it.
  const [report] = await Promise.all([text(pipe), started]);
  limit.removeEventListener('abort', giveUp);
  host.signal.throwIfAborted();
  child.unref();
  if (report === '') {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
    const why = limit.aborted ? `was not ready after ${START_TIMEOUT / 1000} s` : 'ended without a word';
    throw new Error(`the sandbox did not start: it ${why}; its log ${file} ends with:\n${lines}`);
  }
  const said: StartReport = JSON.parse(report);
  if ('state' in said) return said.state;
  throw new Error(`the sandbox did not start: ${said.failure}`);
}

/** A new one for each start. @throws {Error} in one sentence, when the folder can't be written */
function openLog(folder: string): number {
  try {
    mkdirSync(folder, { recursive: true });
    return openSync(logFile(folder), 'w');
  } catch (error) {
    throw new Error(
      `the sandbox can't keep its state in ${folder}: ${error instanceof Error ? error.message : String(error)}; choose another with --folder`,
      { cause: error },
    );
  }
}

/** The file that runs as kanctl: the sources' or the bundle's. */
async function ownProgram(): Promise<string> {
  const { projectFolder } = await import('../sandbox/project-folder.ts');
  const fromSources = import.meta.filename.endsWith('.ts');
  return join(projectFolder(import.meta.dirname), fromSources ? 'src/kanctl/main.ts' : 'dist/kanctl.js');
}
