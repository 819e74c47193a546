import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { clientPrograms } from './client-programs.ts';
import { runProgram } from './run-program.ts';
import type { ProgramRun } from './run-program.ts';

/** kubectl in a namespace of its own of the test cluster, whose roles are enforced. */
export interface Kubectl {
  cluster: TestCluster;
  namespace: string;
  /** For files that commands read; kubectl's home. */
  folder: string;
  /** The whole command line. */
  argv(args: string[]): string[];
  /** What a command that must succeed printed. */
  run(...args: string[]): Promise<string>;
  /** The same, of a command that reads this from its standard input. */
  pipe(input: object | string, ...args: string[]): Promise<string>;
  /** What a command that must fail said. */
  fail(...args: string[]): Promise<string>;
  /** A command whatever comes of it. */
  attempt(args: string[], input?: string, env?: Record<string, string>): Promise<ProgramRun>;
  close(): Promise<void>;
}

export async function openKubectl(): Promise<Kubectl> {
  const { kubectl: program } = await clientPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-'));
  const cluster = await openTestCluster({ rbac: true });
  const namespace = await cluster.createNamespace();
  const cache = join(folder, 'cache');
  const options = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, '--cache-dir', cache];

  const argv = (args: string[]) => [program, ...options, ...args];
  const attempt: Kubectl['attempt'] = (args, input, env = {}) =>
    runProgram(argv(args), {
      env: { HOME: folder, ...env },
      timeout: 90_000,
      ...(input !== undefined && { input }),
    });
  async function succeed(args: string[], input?: string): Promise<string> {
    const { stdout, stderr, exitCode } = await attempt(args, input);
    expect(exitCode, `kubectl ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }
  return {
    cluster,
    namespace,
    folder,
    argv,
    attempt,
    run: (...args) => succeed(args),
    pipe: (input, ...args) => succeed(args, typeof input === 'string' ? input : JSON.stringify(input)),
    async fail(...args) {
      const { stdout, stderr, exitCode } = await attempt(args);
      expect(exitCode, `kubectl ${args.join(' ')}\n${stdout}`).not.toBe(0);
      return stderr;
    },
    async close() {
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
