import { Readable } from 'node:stream';
import type {
  Channel,
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../src/kubernetes/transport.ts';
import type { CrashPlan, Trouble } from './crash-plan.ts';
import type { EventQueue } from './event-queue.ts';
import { seededRandom } from './seeded-random.ts';
import { deliveredStream } from './delivered-stream.ts';
import { virtualClock, type VirtualClock } from './virtual-clock.ts';

/** Milliseconds that a late request is on its way. */
const LATE = 60_000;
/** Milliseconds for which a paused process stands still: longer than a lease lasts. */
const PAUSE = 25_000;
const CLOCK_JUMP = 3_600_000;
/** Milliseconds at most that a request, or an answer, is under way. */
const LATENCY = 8;

/** One life of a process: all that it knows of the world passes here, one thing at a time. */
export interface SimulatedProcess {
  readonly index: number;
  transport: Transport;
  clock: VirtualClock;
  /** An effect that is not a request to the API server. */
  effect<T>(what: string, apply: () => T): Promise<T>;
  /** Calls that it has begun. */
  calls(): number;
  /** Those of them that change nothing, by number: whether they were done makes no difference to anybody else. */
  reads(): ReadonlySet<number>;
  isDead(): boolean;
  wasPaused(): boolean;
  /** Whether something that it sent before its death has not arrived yet. */
  isLate(): boolean;
  /** SIGKILL: what it waits for never settles. */
  kill(): void;
  /** What is still open. */
  open(): string[];
}

export interface ProcessOptions {
  index: number;
  queue: EventQueue;
  /** Of the API server. */
  server: Transport;
  plan: CrashPlan;
  /** An error as clients have it when a connection broke. */
  connectionLost(what: string): Error;
  /** Called when a request is about to be done, with who sent it. */
  onArrival(writer: string): void;
  /** Somebody changes an object before this request arrives. */
  edit(path: string): Promise<void>;
  /**
   * A create for a run that is over: nothing that is stored could tell it from a new one. An API server that cuts requests off after a minute does
   * not let it come this far, unless the run ended within that minute.
   */
  isTooLate(what: string): boolean;
  onCrash(): void;
  violation(text: string): void;
}

export function createSimulatedProcess(options: ProcessOptions): SimulatedProcess {
  const { index, queue, server, plan, onArrival } = options;
  const random = seededRandom(plan.seed, 'latency', index);
  const open = new Map<number, string>();
  const streams = new Set<() => void>();
  const reads = new Set<number>();
  let calls = 0;
  let isDead = false;
  let isLate = false;
  let pausedUntil = 0;
  let clockError = 0;
  const latency = () => 0.1 + random.next() * LATENCY;
  const never = () => new Promise<never>(() => undefined);

  /** Only the living hear of anything, and the paused later. */
  const deliver = (happen: () => void) => {
    if (isDead) return;
    const wait = pausedUntil - queue.now();
    if (wait > 0) queue.after(wait, () => deliver(happen));
    else happen();
  };
  const kill = () => {
    if (isDead) return;
    isDead = true;
    queue.note(`process ${index} is killed`);
    // The other ends of its connections notice.
    for (const breakIt of streams) breakIt();
    options.onCrash();
  };

  /** What every call has in common: `perform` is done when it arrives, its result is told when that is under way no more. */
  const call = <T>(
    what: string,
    perform: (trouble: Trouble | undefined) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    if (isDead) {
      options.violation(`process ${index} is dead, and sends ${what}`);
      return never();
    }
    const own = (calls += 1);
    const trouble = troubleOf(plan, index, own);
    // What becomes of other effects than requests is for the function alone to handle.
    const isLost = trouble === 'lost-answer' && !what.startsWith('effect');
    open.set(own, what);
    if (what.startsWith('GET')) reads.add(own);
    queue.note(`process ${index} call ${own}: ${what}${trouble === undefined ? '' : ` (${trouble})`}`);
    return new Promise<T>((resolve, reject) => {
      const settle = (happen: () => void) => {
        open.delete(own);
        signal?.removeEventListener('abort', onAbort);
        happen();
      };
      // What was sent arrives all the same.
      const onAbort = () => settle(() => reject(signal?.reason));
      signal?.addEventListener('abort', onAbort, { once: true });
      const answer = (happen: () => void) => {
        if (trouble === 'crash-unanswered') return kill();
        queue.after(latency(), () => deliver(() => open.has(own) && settle(happen)));
      };
      const arrive = () => {
        onArrival(`process ${index}`);
        perform(trouble).then(
          (result) => {
            queue.note(`process ${index} call ${own} is done`);
            answer(() => (isLost ? reject(options.connectionLost(what)) : resolve(result)));
          },
          (error: unknown) => {
            queue.note(`process ${index} call ${own} fails`);
            answer(() => reject(error instanceof Error ? error : new Error(String(error))));
          },
        );
      };
      queue.after(latency(), () => {
        // It is on its way, whether its sender lives or not; only a crash before its sending stops it.
        if (trouble === 'crash-unsent' || trouble === 'crash-late') kill();
        if (trouble === 'crash-unsent') return;
        if (trouble !== 'crash-late') return arrive();
        isLate = true;
        queue.after(LATE, () => {
          isLate = false;
          if (options.isTooLate(what)) queue.note(`process ${index} call ${own} is cut off`);
          else arrive();
        });
      });
    });
  };

  const suffer = (trouble: Trouble | undefined) => {
    if (trouble === 'paused') pausedUntil = queue.now() + PAUSE;
    if (trouble === 'clock-ahead') clockError += CLOCK_JUMP;
    if (trouble === 'clock-back') clockError -= CLOCK_JUMP;
    if (trouble === 'broken-streams') {
      for (const breakIt of streams) breakIt();
    }
  };

  const transport: Transport = {
    send(request) {
      const { signal, ...sent } = request;
      if (signal?.aborted) return Promise.reject(signal.reason);
      const perform = async (trouble: Trouble | undefined): Promise<TransportResponse> => {
        suffer(trouble);
        const refusal = refusalOf(trouble);
        if (refusal) return refusal;
        if (trouble === 'edited' && request.method === 'PUT') {
          onArrival('user');
          await options.edit(request.path);
          onArrival(`process ${index}`);
        }
        // Short calls are done though their sender hangs up meanwhile; what lasts ends with it.
        if (!request.lasting) return server.send(sent);
        const response = await server.send(request);
        const breaks = () => options.connectionLost(`${request.method} ${request.path}`);
        return {
          ...response,
          body: deliveredStream(response.body, { queue, latency, deliver, streams, breaks }),
        };
      };
      return call(describe(request), perform, signal);
    },
    connect(request) {
      const { signal, ...sent } = request;
      if (signal?.aborted) return Promise.reject(signal.reason);
      const what = `exec ${request.path} ${JSON.stringify(request.query ?? [])}`;
      const perform = async (trouble: Trouble | undefined): Promise<Channel> => {
        suffer(trouble);
        const channel = await server.connect(sent);
        signal?.addEventListener('abort', () => channel.close(), { once: true });
        streams.add(() => channel.close());
        return deliveredChannel(channel);
      };
      return call(what, perform, signal);
    },
    close: () => Promise.resolve(),
  };

  /** Messages reach the process one by one. */
  const deliveredChannel = (channel: Channel): Channel => {
    // The dead do not hear either that the connection has ended.
    const underWay = () => new Promise<void>((resolve) => queue.after(latency(), () => deliver(resolve)));
    async function* messages(): AsyncGenerator<Uint8Array> {
      const received = channel.messages[Symbol.asyncIterator]();
      for (;;) {
        const next = await received.next().catch(async (error: unknown) => {
          await underWay();
          throw error;
        });
        await underWay();
        if (next.done) return;
        yield next.value;
      }
    }
    return {
      protocol: channel.protocol,
      send: (message) => (isDead ? never() : channel.send(message)),
      messages: messages(),
      close: () => channel.close(),
    };
  };

  return {
    index,
    transport,
    clock: virtualClock({ queue, deliver, error: () => clockError }),
    effect: (what, apply) =>
      call(what, async (trouble) => {
        suffer(trouble);
        return apply();
      }),
    calls: () => calls,
    reads: () => reads,
    isDead: () => isDead,
    isLate: () => isLate,
    wasPaused: () => pausedUntil > 0,
    kill,
    open: () => [...open.values()],
  };
}

function troubleOf({ incidents }: CrashPlan, process: number, call: number): Trouble | undefined {
  return incidents.find((incident) => incident.process === process && incident.call === call)?.trouble;
}

function describe({ method, path, query, body }: TransportRequest): string {
  const options = (query ?? []).map((pair) => pair.join('=')).join('&');
  return [method, options === '' ? path : `${path}?${options}`, body ?? ''].join(' ').trimEnd();
}

/** An API server in trouble that has done nothing. */
function refusalOf(trouble: Trouble | undefined): TransportResponse | undefined {
  const code = trouble === undefined ? undefined : REFUSALS.get(trouble);
  if (code === undefined) return undefined;
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    message: 'the server is in trouble',
  };
  return {
    status: code,
    headers: { 'content-type': 'application/json', ...(code !== 500 && { 'retry-after': '1' }) },
    body: Readable.from([Buffer.from(JSON.stringify(status))], { objectMode: false }),
  };
}

const REFUSALS = new Map<Trouble, number>([
  ['refused-429', 429],
  ['refused-500', 500],
  ['refused-503', 503],
]);
