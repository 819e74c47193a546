import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';

/** The file descriptors of both ends. */
export interface Pipe {
  read: number;
  write: number;
}

/** Prints the number of a process whose descriptor 4 is a pipe, which then waits for the end of descriptor 3. */
const SCRIPT = ": | sh -c 'exec 4<&0; echo $$; read -r _ <&3'";

/**
 * Makes a pipe of the kernel's. What Node gives a child process is a socket, and a socket can't be opened by name: `pg_dump -f /dev/stdout`,
 * `mongodump --archive=/dev/stdout` and `psql -f /dev/stdin` fail with ENXIO on it. Node can't make pipes, but a shell can, and Linux opens
 * the descriptors of other processes. (A FIFO won't do: who opens it after its other end was closed waits for ever.)
 * Undefined where that is not to be had: most commands do with a socket.
 */
export async function openPipe(): Promise<Pipe | undefined> {
  if (process.platform !== 'linux') return undefined; // elsewhere opening /dev/stdout duplicates it, whatever it is
  const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  const ended = once(shell, 'close');
  try {
    const [line] = await Promise.race([once(shell.stdout ?? shell, 'data'), ended]);
    return openBothEnds(`/proc/${Number(String(line))}/fd/4`);
  } catch {
    return undefined; // no shell, or no right to look into /proc
  } finally {
    for (const stream of shell.stdio) stream?.destroy();
    await ended.catch(() => undefined); // reported by the race already
  }
}

/** The ends must block, as commands expect. */
function openBothEnds(path: string): Pipe {
  const read = openSync(path, constants.O_RDONLY);
  try {
    return { read, write: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(read);
    throw error;
  }
}
