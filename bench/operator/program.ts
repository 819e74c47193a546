import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A Node program in a process of its own. */
export interface Program {
  /** Resolves when the program has said `text`, as a part of its log. */
  said(text: string): Promise<void>;
  /** Rejects when the program ends, unless it is stopped. */
  ended: Promise<never>;
  /** MiB that it has had resident at most. */
  peakMemory(): Promise<number>;
  stop(): Promise<void>;
}

export const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export function startProgram(argv: string[], env: Record<string, string> = {}): Program {
  return start(process.execPath, argv, env);
}

function start(program: string, argv: string[], env: Record<string, string>): Program {
  const child = spawn(program, argv, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_LENGTH);
    child.emit('said');
  });
  const exited = once(child, 'exit');
  const ended = exited.then(([status]) => {
    throw new Error(`${program} ${argv[0]} ended with ${status}:\n${log}`);
  });
  ended.catch(() => undefined);
  return {
    async said(text) {
      while (!log.includes(text)) await Promise.race([once(child, 'said'), ended]);
    },
    ended,
    peakMemory: () => peakMemory(child),
    async stop() {
      child.kill();
      await exited;
    },
  };
}

const LOG_LENGTH = 100_000;

/** The operator as it ships, with a function that returns at once. It watches the namespace that it is in. */
export function startOperator(
  kubeconfig: string,
  namespace: string,
  { flags = [], env = {} }: { flags?: string[]; env?: Record<string, string> } = {},
): Program {
  const place = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  const own = ['--functions', pathOf('bench/operator/functions.ts')];
  const health = ['--health-port', '0', '--bind-address', '127.0.0.1'];
  // By itself, and not by a Node that is given it: its first line has what Node needs to know.
  return start(pathOf('dist/kanister-operator.js'), [...place, ...own, ...health, ...flags], env);
}

async function peakMemory({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
