import { closeSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import { booleanFlag } from './flag.ts';
import type { KanctlHost } from './host.ts';
import { portNumber, sandboxFlags, type ServeOptions } from './sandbox-flags.ts';
import {
  readRunningSandbox,
  removeState,
  type SandboxState,
  stateFolder,
  writeState,
} from './sandbox-state.ts';

/** What the sandbox tells the command that started it in the background, once, as a line of JSON. */
export type StartReport = { state: SandboxState } | { failure: string };

/** The file descriptor for the {@link StartReport}. */
export const REPORT_DESCRIPTOR = 3;

/** `kanctl sandbox serve`: the sandbox itself, in the foreground. */
export const sandboxServeCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'serve',
      summary: 'Run the sandbox in this process',
      flags: {
        ...sandboxFlags,
        report: booleanFlag({ usage: `say on file descriptor ${REPORT_DESCRIPTOR} how its start went` }),
      },
      globalFlags: {},
      async run({ flags }) {
        const say = (report: StartReport) => {
          if (!flags.report) return;
          writeSync(REPORT_DESCRIPTOR, `${JSON.stringify(report)}\n`);
          closeSync(REPORT_DESCRIPTOR);
        };
        const options = { ...flags, folder: stateFolder(flags.folder, host) };
        return serveSandbox(options, host, {
          onReady: (state) => say({ state }),
          onFailure: (error) => say({ failure: error instanceof Error ? error.message : String(error) }),
        });
      },
    },
    host,
  );

/** Runs a sandbox until the host's signal aborts. Resolves to the exit code; rejects when it does not start. */
export async function serveSandbox(
  options: ServeOptions,
  host: KanctlHost,
  told: { onReady(state: SandboxState): void; onFailure?(error: unknown): void },
): Promise<number> {
  const { folder } = options;
  const sandbox = await start(options, host).catch((error: unknown) => {
    told.onFailure?.(error);
    throw error;
  });
  try {
    const { identifyProcess } = await import('../sandbox/process-identity.ts');
    const identity = identifyProcess(process.pid);
    if (!identity || !sandbox.s3)
      throw new Error('the sandbox started without its object store or process number');
    const { endpoint, bucket } = sandbox.s3;
    const { url, kubeconfig, limitsMemory } = sandbox;
    const state = { process: identity, url, kubeconfig, objectStore: { endpoint, bucket }, limitsMemory };
    writeState(folder, state);
    told.onReady(state);
    await aborted(host.signal);
    return 0;
  } finally {
    await removeState(folder);
    await sandbox.stop();
  }
}

async function start(options: ServeOptions, host: KanctlHost) {
  const { folder, images, nodes, rbac, reset } = options;
  const port = portNumber(options);
  const [{ startSandbox }, { readImageFile }] = await Promise.all([
    import('../sandbox/sandbox.ts'),
    import('../sandbox/images/read-image-file.ts'),
  ]);
  const running = await readRunningSandbox(folder);
  if (running)
    throw new Error(
      `a sandbox runs in ${folder} already (process ${running.process.pid}): end it with \`kanctl sandbox down\``,
    );
  return startSandbox({
    folder,
    port,
    rbac,
    reset,
    persist: true,
    ...(nodes.length > 0 && { nodes: nodes.map((name) => ({ name })) }),
    clock: host.clock,
    images: images === '' ? [] : readImageFile(images),
    log: (message) => void host.stderr.write(`${host.clock.now().toISOString()} ${message}\n`),
    ...(host.settings.environment['PATH'] !== undefined && { path: host.settings.environment['PATH'] }),
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
