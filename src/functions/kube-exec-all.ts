import { boolean, string, stringList } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction, type FunctionContext } from '../engine/function.ts';
import { concurrently } from '../kubernetes/concurrently.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import { type EarlierFailure, earlierFailure, keepFailure } from '../pods/command-failure.ts';
import { commandOutputs, type Outputs } from '../pods/command-outputs.ts';
import { runDetached, stopDetached } from '../pods/detached-command.ts';
import type { ContainerCommand } from '../pods/exec-command.ts';
import { commandNamed } from '../pods/exec-command-named.ts';
import {
  JOURNALLED_OUTPUTS,
  type JournalledOutputs,
  keepOutputs,
  keptOutputs,
} from '../pods/journalled-outputs.ts';

/** Commands at a time: each is a connection through the API server. */
const AT_ONCE = 16;

/** Bytes of outputs that the journal takes of all commands together. */
const JOURNALLED_IN_ALL = 32 * 1024;

/** Runs a command in every named container of every named pod. Kanister 0.119: KubeExecAll. */
export const kubeExecAll = defineFunction({
  name: 'KubeExecAll',
  doc: 'Runs a command in every named container of every named pod, 16 at a time, and waits for all of them; each is run once, as by KubeExec.',
  afterRestart:
    'Commands that had ended are not run again, and count as they ended. When others had begun, the phase fails with OutcomeUnknown, names them, and begins no further ones; when none had, it goes on. With `detached: true` commands that had begun go on meanwhile, and are read by the next operator, or ended by it when the phase was cancelled.',
  args: {
    namespace: string({ required: true, doc: 'namespace of the pods' }),
    pods: stringList({
      required: true,
      doc: 'names of the pods: a list, or a text with white space between them',
    }),
    containers: stringList({
      required: true,
      doc: 'names of the containers, which each of the pods has: a list, or a text with white space between them',
    }),
    command: stringList({ required: true, doc: 'command and arguments, run without a shell' }),
    detached: boolean({
      default: false,
      doc: 'whether the commands outlive their connections and the operator, their output kept in the containers until it is read',
    }),
  },
  outputs: 'markers',
  permissions: [{ group: '', resources: ['pods/exec'], verbs: ['create', 'get'] }],
  revision: 1,
  stop: stopDetached,
  // intent: of those that begin at once; the others' are written when their turn comes.
  intents: (args) =>
    targetsOf(args)
      .slice(0, AT_ONCE)
      .map(({ step }) => ({ step, unrepeatable: true })),
  async run(args, context) {
    const targets = targetsOf(args);
    if (targets.length === 0) context.warn('NothingToDo', NO_TARGET);
    const room = Math.min(JOURNALLED_OUTPUTS, Math.floor(JOURNALLED_IN_ALL / Math.max(1, targets.length)));
    const runOne = args.detached
      ? (target: Target) => runDetached(context, target.command, { step: target.step, room })
      : (target: Target, mayBegin: () => void) => runOnce(context, target, { room, mayBegin });
    const ends = await context.idle(() => runAll(context, targets, runOne));
    if (ends.some((end) => 'failure' in end)) throw allFailures(ends);
    // Of a key that several emit, the last one in this order counts, whichever came first.
    const outputs = ends.flatMap((end) => ('outputs' in end && end.outputs ? [end.outputs] : []));
    return outputs.length === 0 ? undefined : Object.assign({}, ...outputs);
  },
});

/** As in the original the phase succeeds: a workload may be scaled down to nothing. */
const NO_TARGET =
  'no command was run, because pods or containers name none: check what their templates refer to, if that is not meant';

interface Target {
  /** In the journal. */
  step: string;
  /** As people read it: `pod/container`. */
  name: string;
  command: ContainerCommand;
}

interface Arguments {
  namespace: string;
  pods: string[];
  containers: string[];
  command: string[];
}

/** Pod by pod; a pair that is named twice is one. */
function targetsOf({ namespace, pods, containers, command }: Arguments): Target[] {
  return namesIn(pods).flatMap((pod) =>
    namesIn(containers).map((container) => ({
      step: `exec/${pod}/${container}`,
      name: `${pod}/${container}`,
      command: commandNamed({ namespace, pod, container, command }),
    })),
  );
}

function namesIn(texts: string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.split(/\s+/)).filter((name) => name !== ''))];
}

type End = { target: Target } & ({ outputs: Outputs } | { failure: Failure } | { notBegun: true });

type RunOne = (target: Target, mayBegin: () => void) => Promise<Outputs>;

/** To the end of each of them, whatever becomes of the others; but once an outcome is unknown, nothing further begins. */
async function runAll(context: FunctionContext, targets: Target[], runOne: RunOne): Promise<End[]> {
  let ended = 0;
  let isUnknown = false;
  const broken: unknown[] = [];
  const mayBegin = () => {
    context.signal.throwIfAborted();
    if (isUnknown) throw new NotBegun();
  };
  const done = new AbortController();
  const keeping = keepEnds(context, () => ended, done.signal).catch((error: unknown) => {
    if (!done.signal.aborted) broken.push(error);
  });
  // All are waited for, also when the phase is to end: each may have something to put away.
  const ends = await concurrently(targets, AT_ONCE, async (target): Promise<End | undefined> => {
    try {
      mayBegin();
      return { target, outputs: await runOne(target, mayBegin) };
    } catch (error) {
      if (error instanceof NotBegun) return { target, notBegun: true };
      if (!(error instanceof Failure) || context.signal.aborted) {
        broken.push(error);
        return undefined;
      }
      isUnknown ||= error.reason === 'OutcomeUnknown';
      return { target, failure: error };
    } finally {
      ended += 1;
    }
  });
  done.abort(WORK_ENDED);
  await keeping;
  context.signal.throwIfAborted();
  if (broken.length > 0) throw broken[0];
  return ends.filter((end) => end !== undefined);
}

/** Why a command's turn did not come. */
class NotBegun extends Error {}

/** Milliseconds. */
const KEEP_INTERVAL = 2_000;

/** Stores from time to time how commands have ended while others still run: they may take hours. */
async function keepEnds(
  { checkpoints, clock }: Pick<FunctionContext, 'checkpoints' | 'clock'>,
  ended: () => number,
  signal: AbortSignal,
): Promise<never> {
  for (let kept = 0; ;) {
    await clock.sleep(KEEP_INTERVAL, signal);
    if (ended() === kept) continue;
    kept = ended();
    await checkpoints.write('ended', kept);
  }
}

/** What the journal keeps of the end of a command. */
type Kept = JournalledOutputs | EarlierFailure;

async function runOnce(
  context: FunctionContext,
  { step, command }: Target,
  { room, mayBegin }: { room: number; mayBegin: () => void },
): Promise<Outputs> {
  let live: { outputs: Outputs } | { failure: Failure } | undefined;
  const kept = await context.step<Kept>(
    step,
    async () => {
      try {
        const outputs = await commandOutputs(context, command, { mayBegin });
        live = { outputs };
        return keepOutputs(outputs, room);
      } catch (error) {
        if (!(error instanceof Failure) || error.reason === 'OutcomeUnknown' || context.signal.aborted)
          throw error;
        live = { failure: error };
        return keepFailure(error);
      }
    },
    { resume: 'unrepeatable' },
  );
  const { name } = command.pod;
  const end =
    live ??
    ('reason' in kept ? { failure: earlierFailure(name, kept) } : { outputs: keptOutputs(kept, name) });
  if ('failure' in end) throw end.failure;
  return end.outputs;
}

/** One failure that names each. An unknown outcome is the gravest: the phase is not to be tried again by itself. */
function allFailures(ends: End[]): Failure {
  const failed = ends.filter((end) => 'failure' in end);
  const gravest = failed.find(({ failure }) => failure.reason === 'OutcomeUnknown') ?? failed[0];
  const notBegun = ends.flatMap((end) => ('notBegun' in end ? [end.target.name] : []));
  const { hint, pod } = gravest?.failure.details ?? {};
  return new Failure(
    gravest?.failure.reason ?? 'CommandFailed',
    [
      ...failed.map(({ target, failure }) => `${target.name}: ${failure.message}`),
      ...(notBegun.length > 0 ? [`Not begun, because of that: ${notBegun.join(', ')}`] : []),
    ].join('\n'),
    {
      pod: { name: gravest?.target.command.pod.name ?? '', ...pod },
      ...(hint !== undefined && { hint }),
      cause: gravest?.failure,
    },
  );
}
