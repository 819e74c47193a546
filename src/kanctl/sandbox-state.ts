import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { textFlag } from './flag.ts';
import type { KanctlHost } from './host.ts';

/** What a running sandbox wrote into its folder when it was ready. */
export interface SandboxState {
  process: { pid: number; startTime: string; bootId: string };
  url: string;
  kubeconfig: string;
  objectStore: { endpoint: string; bucket: string };
  /** Whether containers' limits of memory are enforced. */
  limitsMemory: boolean;
}

export const folderFlag = {
  folder: textFlag({ usage: "folder for the sandbox's state; ~/.local/state/kanister-sandbox when absent" }),
};

/** The folder that a command is about, absolute. @throws {Error} where there is no home folder to default to. */
export function stateFolder(folder: string, { settings: { environment } }: KanctlHost): string {
  if (folder !== '') return resolve(folder);
  const state =
    environment['XDG_STATE_HOME'] || (environment['HOME'] && join(environment['HOME'], '.local/state'));
  if (state) return join(state, 'kanister-sandbox');
  throw new Error(
    'neither HOME nor XDG_STATE_HOME is set: say with --folder where the sandbox may keep its state',
  );
}

/** Whether a sandbox of this folder can go on where it ended, or has left backups. */
export const isKept = (folder: string): boolean =>
  ['state', 's3'].some((name) => existsSync(join(folder, name)));

/** For a shell. */
export function exportLine({ kubeconfig }: SandboxState): string {
  const isPlain = /^[\w/.-]+$/.test(kubeconfig);
  return `export KUBECONFIG=${isPlain ? kubeconfig : `'${kubeconfig.replaceAll("'", `'\\''`)}'`}`;
}

export const logFile = (folder: string): string => join(folder, 'sandbox.log');

/** `undefined` when no sandbox of this folder runs. */
export async function readRunningSandbox(folder: string): Promise<SandboxState | undefined> {
  const { isRunning } = await import('../sandbox/process-identity.ts');
  const state = readState(folder);
  return state && isRunning(state.process) ? state : undefined;
}

export function writeState(folder: string, state: SandboxState): void {
  const file = stateFile(folder);
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file); // whoever waits for it must not read a part
}

export const removeState = (folder: string): Promise<void> => rm(stateFile(folder), { force: true });

const stateFile = (folder: string) => join(folder, 'sandbox.json');

function readState(folder: string): SandboxState | undefined {
  const file = stateFile(folder);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return undefined;
    throw error;
  }
  try {
    const state: SandboxState = JSON.parse(text);
    return state;
  } catch (error) {
    throw new Error(
      `${file} does not say where the sandbox is: expected JSON (${String(error)}); remove it`,
      {
        cause: error,
      },
    );
  }
}
