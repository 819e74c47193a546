import { spawn } from 'node:child_process';

export interface StartedProgram {
  /** What the pattern found in the program's output. */
  match: RegExpExecArray;
  /** Ends the program, and resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a program that runs until it is stopped, and waits for what it prints when it is ready.
 * @param timeout milliseconds
 * @throws {Error} with its output, when it cannot start, ends before, or does not print it in time
 */
export async function startProgram(
  [program = '', ...args]: string[],
  ready: RegExp,
  { env = {}, timeout = 30_000 }: { env?: Record<string, string>; timeout?: number } = {},
): Promise<StartedProgram> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = () => {
    child.kill('SIGKILL');
    return ended;
  };
  const started = Promise.withResolvers<RegExpExecArray>();
  let output = '';
  const fail = (why: string) => started.reject(new Error(`${program} ${args.join(' ')} ${why}:\n${output}`));
  // Its output is read to the end: a program that cannot print any more may die of it.
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const match = ready.exec(output);
      if (match) started.resolve(match);
    });
  }
  child.once('error', (error) => fail(`cannot start (${error.message})`));
  child.once('close', (code) => fail(`ended with ${code} before it was ready`));
  const timer = setTimeout(() => fail(`was not ready within ${timeout / 1000} s`), timeout);
  try {
    return { match: await started.promise, stop };
  } catch (error) {
    if (child.pid !== undefined) await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
