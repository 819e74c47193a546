import type { Readable } from 'node:stream';
import type { ObjectName } from '../kubernetes/objects.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import type { PodContext } from './follow-pod.ts';
import { createLastLines } from './last-lines.ts';
import { createTextLines } from './text-lines.ts';

/** Milliseconds for the last lines of a log. */
const TAIL_TIMEOUT = 15_000;
/** Asked from the log, so that ten that are not empty remain. */
const TAIL_LINES = 50;

/** The last ten lines that a container printed, joined; empty where there are none, or they can't be read: it only serves to explain. */
export async function readLogTail(context: PodContext, pod: ObjectName, container: string): Promise<string> {
  const { kubernetes, clock, signal, log } = context;
  const late = new AbortController();
  const stop = AbortSignal.any([signal, late.signal]);
  clock
    .sleep(TAIL_TIMEOUT, stop)
    .then(() => late.abort(new Error('the log did not come in time')))
    .catch(() => undefined); // the log came, or the phase is to end
  try {
    const stream: Readable = await kubernetes.log(pod, { container, tailLines: TAIL_LINES, signal: stop });
    const last = createLastLines();
    const lines = createTextLines(last.add);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) lines.write(chunk);
    lines.end();
    return last.lines.join('\n');
  } catch (error) {
    signal.throwIfAborted();
    // The rest is told without it; a container that never started has no log.
    log.debug({ error: String(error) }, 'Failed to fetch logs from the pod');
    return '';
  } finally {
    late.abort(WORK_ENDED);
  }
}
