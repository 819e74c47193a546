import { execFile } from 'node:child_process';

export interface KanctlRun {
  /** The built program. */
  program: string;
  kubeconfig: string;
  signal: AbortSignal;
}

/**
 * Runs kanctl as a person would: as a process of its own that knows the cluster from a kubeconfig file.
 * @returns what it printed.
 * @throws {Error} with its output, when it does not exit with 0.
 */
export function runKanctl(args: string[], { program, kubeconfig, signal }: KanctlRun): Promise<string> {
  const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG: kubeconfig };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args], { env: environment, signal }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (signal.aborted) return reject(signal.reason);
      reject(
        new Error(
          `kanctl ${args.join(' ')} exited with ${String(error.code)}:\n${stdout}${stderr}`.trimEnd(),
        ),
      );
    });
  });
}
