import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentProgress } from '../plan.ts';

export interface ComponentsOptions {
  /** A file for each component's output. */
  logs: string;
  path: string;
  /** Told of every start and end. */
  changed: (name: string, progress: ComponentProgress) => void;
}

/** The processes that make up the cluster. */
export interface Components {
  start(name: string, command: string[]): void;
  /** @throws {Error} with its last lines, when one of them has ended. */
  requireRunning(): Promise<void>;
  /** Ends them in the order given, each with SIGTERM, and SIGKILL after `bound` milliseconds. */
  stop(names: string[], bound: number): Promise<void>;
}

export function createComponents({ logs, path, changed }: ComponentsOptions): Components {
  const running = new Map<string, ChildProcess>();
  const ended = new Map<string, string>();
  const logOf = (name: string) => join(logs, `${name}.log`);

  return {
    start(name, [program = '', ...args]) {
      const log = openSync(logOf(name), 'a');
      const child = spawn(program, args, { stdio: ['ignore', log, log], env: { PATH: path, HOME: logs } });
      closeSync(log);
      const note = (end: string) => {
        if (!running.delete(name)) return;
        ended.set(name, end);
        changed(name, { state: 'ended', end });
      };
      child.once('error', (error) => note(error.message));
      child.once('exit', (code, killer) =>
        note(killer === null ? `exit code ${code}` : `killed by ${killer}`),
      );
      running.set(name, child);
      changed(name, { state: 'running' });
    },

    async requireRunning() {
      for (const [name, end] of ended) {
        const lines = (await readFile(logOf(name), 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
        throw new Error(`${name} ended (${end}): ${lines}`);
      }
    },

    async stop(names, bound) {
      for (const name of names) {
        const child = running.get(name);
        if (!child) continue;
        const isGone = new Promise((resolve) => child.once('exit', resolve));
        const killer = setTimeout(() => child.kill('SIGKILL'), bound);
        child.kill('SIGTERM');
        await isGone;
        clearTimeout(killer);
      }
    },
  };
}
