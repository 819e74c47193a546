import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long processes may take to end after SIGTERM before they are killed, in milliseconds. */
const GRACE = 5000;
const POLL = 20;

/** Ends all processes of a group: SIGTERM, and SIGKILL to those that do not heed it. Resolves when none runs any more. */
export async function endProcessGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  if (await hasEnded(group, GRACE)) return;
  signalGroup(group, 'SIGKILL');
  await hasEnded(group, GRACE); // one in an uninterruptible wait of the kernel, or of another user, can't be helped
}

async function hasEnded(group: number, limit: number): Promise<boolean> {
  // A look takes long itself where many processes run.
  for (const deadline = performance.now() + limit; performance.now() < deadline; await sleep(POLL))
    if (!(await isRunning(group))) return true;
  return false;
}

/** False when the group is empty, or all in it are somebody else's. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))
      return false;
    throw error;
  }
}

/** The dead that nobody reaps, as in a container without an init, count for `kill`; only /proc tells them from the living. */
async function isRunning(group: number): Promise<boolean> {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== 'linux') return true;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''); // it may end meanwhile
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(processGroup) === group && state !== 'Z' && state !== 'X') return true;
  }
  return false;
}
