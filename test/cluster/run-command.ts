import { spawn } from 'node:child_process';

export interface CommandOptions {
  /** Looked for programs, and handed on. */
  path: string;
  signal?: AbortSignal;
  cwd?: string;
  env?: Record<string, string>;
  /** Milliseconds until it is killed; a minute when absent. */
  timeout?: number;
}

/**
 * Runs a program to its end. Resolves with what it wrote to stdout.
 * @throws the signal's reason; {Error} with the command, how it ended, and the last lines that it wrote, when that is not with exit code 0.
 */
export async function runCommand(command: string[], options: CommandOptions): Promise<string> {
  const [program = '', ...args] = command;
  const bound = AbortSignal.timeout(options.timeout ?? 60_000);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { PATH: options.path, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal ? AbortSignal.any([options.signal, bound]) : bound,
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const end = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', (error) => {
      if (options.signal?.aborted) reject(options.signal.reason);
      else if (bound.aborted) reject(new Error(`${command.join(' ')} did not end in time`));
      else reject(error);
    });
    child.once('close', (code, killer) => {
      resolve(
        code === 0 ? undefined : code === null ? `was ended by ${killer}` : `ended with exit code ${code}`,
      );
    });
  });
  const text = Buffer.concat(output).toString();
  if (end === undefined) return text;
  const last = `${text}${Buffer.concat(errors).toString()}`.trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`${command.join(' ')} ${end}: ${last}`);
}
