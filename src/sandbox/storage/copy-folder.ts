import { spawn } from 'node:child_process';

/** How much of what the program says is kept for the error. */
const KEPT = 4096;

/**
 * Copies a folder whole: owners, modes, times, links, sparse files; the file system shares the blocks where it can (reflinks). Files that
 * vanish while it is copied, as those of a running database do, are not in the copy.
 * @throws {Error} with the program's words when something could not be copied; the signal's reason when that aborted it.
 */
export async function copyFolder(source: string, target: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = spawn('cp', ['--archive', '--reflink=auto', '--sparse=auto', '--', source, target], {
    // The words are read below, so they must not be translated.
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let said = '';
  let unread = '';
  let foreign = false;
  const read = (line: string): void => {
    foreign ||= line !== '' && !VANISHED.test(line);
  };
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    said = (said + chunk).slice(-KEPT);
    const lines = (unread + chunk).split('\n');
    unread = (lines.pop() ?? '').slice(-KEPT);
    lines.forEach(read);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  read(unread);
  if (code === 0 || (code === 1 && said !== '' && !foreign)) return;
  throw new Error(`copying ${source} to ${target} failed (cp ended with ${String(code)}): ${said.trim()}`);
}

const VANISHED = /^cp: cannot (?:stat|open|access) .*: No such file or directory$/;
