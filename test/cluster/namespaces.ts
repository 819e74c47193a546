import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identifyProcess, isRunning } from '../../src/sandbox/process-identity.ts';
import type { ProcessIdentity } from '../../src/sandbox/process-identity.ts';

/** What holds the cluster's namespaces: when process 1 ends, everything in them ends. */
export interface NamespaceHolder {
  /** The program that made the namespaces, and waits for process 1. */
  maker: ProcessIdentity;
  /** Process 1, by its number on the machine. */
  first: ProcessIdentity;
}

export interface HoldOptions {
  /** Where it is written down. */
  file: string;
  /** Takes the output. */
  log: string;
  path: string;
  /** Runs as process 1. */
  command: string[];
  signal: AbortSignal;
}

/** Starts a program as process 1 of new PID, mount and network namespaces. It outlives this process. */
export async function holdNamespaces({
  file,
  log,
  path,
  command,
  signal,
}: HoldOptions): Promise<NamespaceHolder> {
  const output = openSync(log, 'a');
  const maker = spawn(
    'unshare',
    [
      '--pid',
      '--fork',
      '--kill-child=SIGKILL',
      '--mount',
      '--mount-proc',
      '--net',
      '--propagation=private',
      ...command,
    ],
    { detached: true, stdio: ['ignore', output, output], env: { PATH: path } },
  );
  closeSync(output);
  await once(maker, 'spawn', { signal });
  maker.unref();
  const makerIdentity = identifyProcess(maker.pid ?? 0);
  const first = await firstChild(maker.pid ?? 0, signal);
  if (!makerIdentity || !first) throw new Error(`the cluster's namespaces could not be made; see ${log}`);
  const holder = { maker: makerIdentity, first };
  writeFileSync(file, JSON.stringify(holder));
  return holder;
}

/** The holder that runs, if any does. */
export function readHolder(file: string): NamespaceHolder | undefined {
  if (!existsSync(file)) return undefined;
  const holder: NamespaceHolder = JSON.parse(readFileSync(file, 'utf8'));
  return isRunning(holder.maker) || isRunning(holder.first) ? holder : undefined;
}

/** Ends process 1, politely where `patience` (milliseconds) allows; resolves when nothing runs in the namespaces any more. */
export async function endNamespaces(file: string, patience: number): Promise<void> {
  const holder = readHolder(file);
  if (holder) {
    const { maker, first } = holder;
    if (patience > 0 && isRunning(first)) process.kill(first.pid, 'SIGTERM');
    await isGone(first, patience);
    if (isRunning(first)) process.kill(first.pid, 'SIGKILL');
    // The kernel lets process 1 go only after all others of its namespace.
    if (!((await isGone(first, 15_000)) && (await isGone(maker, 5_000)))) {
      throw new Error(
        `process ${first.pid} does not end: one of the cluster's processes hangs in the kernel`,
      );
    }
  }
  rmSync(file, { force: true });
}

async function firstChild(pid: number, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  for (let tries = 0; tries < 200; tries++) {
    signal.throwIfAborted();
    if (!identifyProcess(pid)) return undefined;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const found = child === undefined ? undefined : identifyProcess(Number(child));
    if (found) return found;
    await pause(10);
  }
  return undefined;
}

async function isGone(identity: ProcessIdentity, bound: number): Promise<boolean> {
  const deadline = performance.now() + bound;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
