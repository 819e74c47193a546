import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { additionToMessage } from '../api/termination-message.ts';

/** Where a kubelet looks for a container's last words, unless the container says otherwise (`terminationMessagePath`). */
export const TERMINATION_LOG = '/dev/termination-log';

/**
 * Adds an output to the container's termination message, where there is one and room in it. It is a second place for what stands in the
 * log: that it can't be written is no failure, and is not told.
 */
export function addToTerminationLog(path: string, line: string): void {
  try {
    // Not created where there is none; nothing that would block is waited for.
    const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return;
      const addition = additionToMessage(found.size, line);
      if (addition !== '') writeSync(file, addition);
    } finally {
      closeSync(file);
    }
  } catch {
    // No container, another user's file, a full disk.
  }
}
