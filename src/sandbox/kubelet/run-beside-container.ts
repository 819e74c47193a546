import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../kubernetes/clock.ts';
import type { HostPrograms } from './host-programs.ts';
import { makeFifo } from './make-fifo.ts';
import type { Account } from './namespaces.ts';

/**
 * Runs a shell's script in the mount namespace of a container, where the machine's paths hold and mounts may be made.
 * @param run its process 1, as the machine sees it, and its folder.
 * @throws {Error} with what the script said
 */
export async function runBesideContainer(
  { programs, account, clock }: { programs: HostPrograms; account: Account; clock: Clock },
  run: { pid: number; folder: string },
  script: string,
): Promise<void> {
  if (account.uid !== 0) return askAttendant(run.folder, script, clock);
  const command = ['--target', String(run.pid), '--mount', programs.sh, script];
  await promisify(execFile)(programs.nsenter, command, { cwd: '/', timeout: LONGEST });
}

/**
 * The beginning of a command that starts a shell beside it, which runs what it is asked to and ends with it. An ordinary user's sandbox
 * needs that: who comes into a user namespace later has no rights there that outlast the start of a program.
 */
export async function prepareAttendant(folder: string, programs: HostPrograms): Promise<string[]> {
  const requests = join(folder, REQUESTS);
  await makeFifo(requests);
  return [programs.sh, '-c', START, 'sh', programs.setpriv, programs.sh, ATTEND, requests];
}

const REQUESTS = 'requests';
const START = `"$1" --pdeathsig KILL "$2" -c "$3" sh "$4" </dev/null >/dev/null 2>&1 3>&- &
shift 4
exec "$@"`;
/** Who asked may still be there when the next request is waited for, and then leave: that is none. */
const ATTEND = `while :; do
  read -r script <"$1" || continue
  (. "$script") >"$script.said" 2>&1
  echo "$?" >"$script.new" && /bin/mv "$script.new" "$script.done"
done`;
/** Milliseconds that a script may take. */
const LONGEST = 10_000;

async function askAttendant(folder: string, script: string, clock: Clock): Promise<void> {
  const done = `${script}.done`;
  rmSync(done, { force: true }); // of the last time
  const fifo = openSync(join(folder, REQUESTS), constants.O_RDWR | constants.O_NONBLOCK);
  try {
    writeSync(fifo, `${script}\n`);
    for (let waited = 0; !existsSync(done); waited += 10) {
      if (waited > LONGEST) throw new Error(`${script} has not ended within ${LONGEST / 1000} s`);
      await clock.sleep(10);
    }
  } finally {
    closeSync(fifo);
  }
  if (readFileSync(done, 'utf8') === '0\n') return;
  throw new Error(`${script} failed: ${readFileSync(`${script}.said`, 'utf8').trim()}`);
}
