import { existsSync, globSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../process-identity.ts';
import type { ContainerUser } from './container-command.ts';
import { EXIT_FILE, PROCESS_FILE } from './container-process.ts';
import { removeGroup } from './memory-groups.ts';

/** What a later sandbox must know of a run to look after it. */
export interface RunRecord {
  environment: Record<string, string>;
  workingDirectory: string;
  user?: ContainerUser | undefined;
  tty: boolean;
  /** Control group that limits its memory. */
  memoryGroup?: string | undefined;
}

/** One run of a container on disk: written so that a sandbox that is killed at any time leaves it readable. */
export interface RunFolder {
  attempt: number;
  folder: string;
  /** Who process 1 is or was; absent while it has not begun. */
  identity: ProcessIdentity | undefined;
  startedAt: Date | undefined;
  record(): RunRecord | undefined;
  /** The exit code and its time, once there is one. */
  exit(): { code: number; time: Date } | undefined;
  /** Ends it, if it still runs, and waits for that, two seconds at most. */
  end(): Promise<void>;
  /** The same without the wait; its control group stays. */
  kill(): void;
}

/** Holds secrets of the environment, so it is for the account alone. */
export function writeRunRecord(folder: string, record: RunRecord): void {
  const file = join(folder, RECORD);
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** All runs in a pod's folder, oldest first; of one container when it is named. */
export function findRuns(podFolder: string, container = '*'): RunFolder[] {
  return globSync(`containers/${container}/*`, { cwd: podFolder })
    .map((path) => openRunFolder(join(podFolder, path)))
    .filter(({ attempt }) => Number.isInteger(attempt))
    .toSorted((a, b) => a.attempt - b.attempt);
}

export function openRunFolder(folder: string): RunFolder {
  const processFile = join(folder, PROCESS_FILE);
  const identity = existsSync(processFile) ? parseIdentity(readFileSync(processFile, 'utf8')) : undefined;
  const kill = (): void => {
    if (identity && isRunning(identity)) process.kill(identity.pid, 'SIGKILL');
  };
  const record = (): RunRecord | undefined => {
    const file = join(folder, RECORD);
    if (!existsSync(file)) return undefined;
    const read: RunRecord = JSON.parse(readFileSync(file, 'utf8'));
    return read;
  };
  return {
    attempt: Number(folder.split('/').at(-1)),
    folder,
    identity,
    startedAt: identity && statSync(processFile).mtime,
    record,
    exit() {
      const file = join(folder, EXIT_FILE);
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      // Written by a shell in one go; without its line's end it is not all there.
      return text.endsWith('\n') ? { code: Number(text), time: statSync(file).mtime } : undefined;
    },
    async end() {
      kill();
      const { memoryGroup } = record() ?? {};
      const isOver = () =>
        !(identity && isRunning(identity)) && (memoryGroup === undefined || removeGroup(memoryGroup));
      for (let looks = 0; !isOver() && looks < 200; looks++) await setTimeout(10);
    },
    kill,
  };
}

const RECORD = 'run.json';

/** `BOOT PID (NAME) STATE …` as the container's set-up writes it from /proc. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\S+) (\d+) \(.*\) (.*)\n$/s.exec(text);
  const startTime = match?.[3]?.split(' ')[19];
  if (!match || startTime === undefined) return undefined;
  return { bootId: match[1] ?? '', pid: Number(match[2]), startTime };
}
