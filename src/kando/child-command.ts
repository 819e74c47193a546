import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemErrorText } from './system-error-text.ts';

/** The command behind `--` could not be started or did not end with exit status 0. */
export class ChildFailed extends Error {
  override name = 'ChildFailed';
}

export interface ChildCommand {
  process: ChildProcess;
  /** Resolves when it has ended with exit status 0 and its pipes are closed. @throws {ChildFailed} otherwise */
  success(): Promise<void>;
  /** Ends it and everything it started; resolves when it is gone. */
  end(): Promise<void>;
}

/** How long a command may take to end after SIGTERM before it is killed, in milliseconds. */
const GRACE = 5000;

/** Starts a command, not through a shell; it inherits what is not a pipe. */
export async function startChild(
  [program = '', ...args]: string[],
  pipe: 'stdin' | 'stdout',
): Promise<ChildCommand> {
  const child = spawn(program, args, {
    stdio: [pipe === 'stdin' ? 'pipe' : 'inherit', pipe === 'stdout' ? 'pipe' : 'inherit', 'inherit'],
    detached: true, // a process group of its own, so that `sh -c 'a | b'` can be ended as a whole
  });
  const closed = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new ChildFailed(`failed to start ${JSON.stringify(program)}: ${systemErrorText(error)}`, {
      cause: error,
    });
  }

  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch (error) {
      // The group is empty: all have ended.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };

  return {
    process: child,
    async success() {
      const { code, signal } = await closed;
      if (code === 0) return;
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      throw new ChildFailed(`${JSON.stringify(program)} failed: ${how}`);
    },
    async end() {
      kill('SIGTERM');
      const timer = setTimeout(() => kill('SIGKILL'), GRACE);
      await closed;
      clearTimeout(timer);
    },
  };
}
