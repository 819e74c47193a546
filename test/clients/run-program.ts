import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface ProgramRun {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

export interface ProgramOptions {
  env?: Record<string, string>;
  input?: string;
  cwd?: string;
  /** Milliseconds; 60 s when absent. */
  timeout?: number;
}

/** Runs a program to its end, whatever its exit code. @throws {Error} when it cannot start, or does not end in time. */
export async function runProgram(
  [program = '', ...args]: string[],
  { env = {}, input, cwd, timeout = 60_000 }: ProgramOptions = {},
): Promise<ProgramRun> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeout);
  try {
    child.stdin.on('error', () => undefined); // a program may end without reading its input
    child.stdin.end(input);
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    if (late)
      throw new Error(`${program} ${args.join(' ')} did not end in ${timeout / 1000} s:\n${stdout}${stderr}`);
    return { stdout, stderr, exitCode };
  } finally {
    clearTimeout(timer);
  }
}
