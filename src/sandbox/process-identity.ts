import { readFileSync } from 'node:fs';

/** Which process this is: a number alone may be another's by now. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from the machine's start to the process's. */
  startTime: string;
  bootId: string;
}

/** `undefined` when there is no such process. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startTime = readStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: readBootId() };
}

/** Whether the very process that was identified once still runs. */
export const isRunning = ({ pid, startTime, bootId }: ProcessIdentity): boolean =>
  bootId === readBootId() && readStartTime(pid) === startTime;

const readBootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Of a process that has not ended; a zombie has. */
function readStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined; // no such process
  }
}
