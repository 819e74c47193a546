import { mkdirSync } from 'node:fs';
import type { Command } from 'commander';
import { defineCommand } from './command.ts';
import type { KanctlHost } from './host.ts';
import { sandboxFlags } from './sandbox-flags.ts';
import {
  readRunningSandbox,
  removeState,
  type SandboxState,
  stateFolder,
  writeState,
} from './sandbox-state.ts';

export interface ServeOptions {
  /** Absolute. */
  folder: string;
  port: string;
  images: string;
}

/** `kanctl sandbox serve`: the sandbox itself, in the foreground. */
export const sandboxServeCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'serve',
      summary: 'Run the sandbox in this process',
      flags: sandboxFlags,
      globalFlags: {},
      run: ({ flags }) =>
        serveSandbox({ ...flags, folder: stateFolder(flags.folder, host) }, host, () => undefined),
    },
    host,
  );

/** Runs a sandbox until the host's signal aborts. Resolves to the exit code. */
export async function serveSandbox(
  { folder, port, images }: ServeOptions,
  host: KanctlHost,
  onReady: (state: SandboxState) => void,
): Promise<number> {
  const [{ startSandbox }, { readImageFile }, { identifyProcess }] = await Promise.all([
    import('../sandbox/sandbox.ts'),
    import('../sandbox/images/read-image-file.ts'),
    import('../sandbox/process-identity.ts'),
  ]);
  const running = await readRunningSandbox(folder);
  if (running)
    throw new Error(
      `a sandbox runs in ${folder} already (process ${running.process.pid}): end it with \`kanctl sandbox down\``,
    );
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const sandbox = await startSandbox({
    folder,
    port: Number(port || 0),
    clock: host.clock,
    images: images === '' ? [] : readImageFile(images),
    log: (message) => void host.stderr.write(`${host.clock.now().toISOString()} ${message}\n`),
    ...(host.settings.environment['PATH'] !== undefined && { path: host.settings.environment['PATH'] }),
  });
  try {
    const identity = identifyProcess(process.pid);
    if (!identity || !sandbox.s3)
      throw new Error('the sandbox started without its object store or process number');
    const { endpoint, bucket } = sandbox.s3;
    const { url, kubeconfig } = sandbox;
    const state = { process: identity, url, kubeconfig, objectStore: { endpoint, bucket } };
    writeState(folder, state);
    onReady(state);
    await aborted(host.signal);
    return 0;
  } finally {
    await removeState(folder);
    await sandbox.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
