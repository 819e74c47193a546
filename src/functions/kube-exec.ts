import { boolean, string, stringList } from '../engine/arguments.ts';
import { defineFunction } from '../engine/function.ts';
import { commandOutputs, type Outputs } from '../pods/command-outputs.ts';
import { runDetached, stopDetached } from '../pods/detached-command.ts';
import { commandNamed } from '../pods/exec-command-named.ts';
import {
  JOURNALLED_OUTPUTS,
  type JournalledOutputs,
  keepOutputs,
  keptOutputs,
} from '../pods/journalled-outputs.ts';

const STEP = 'exec';

/** Runs a command in a container that exists. Kanister 0.119: KubeExec. */
export const kubeExec = defineFunction({
  name: 'KubeExec',
  doc: 'Runs a command in a container of a running pod, once: after an interruption the phase fails, its outcome unknown, unless the command is detached.',
  afterRestart:
    'A command that has begun is not run again: the phase fails with OutcomeUnknown, and the command may still be running. With `detached: true` it goes on meanwhile, and the next operator reads its output from the start and takes its exit code; when its container was started anew, the outcome is unknown. When the phase was cancelled meanwhile, the next operator ends the command.',
  args: {
    namespace: string({ required: true, doc: 'namespace of the pod' }),
    pod: string({ required: true, doc: 'name of the pod' }),
    command: stringList({ required: true, doc: 'command and arguments, run without a shell' }),
    container: string({ doc: 'name of the container; may be left out where the pod has only one' }),
    detached: boolean({
      default: false,
      doc: 'whether the command outlives its connection and the operator, its output kept in the container until it is read',
    }),
  },
  outputs: 'markers',
  permissions: [{ group: '', resources: ['pods/exec'], verbs: ['create', 'get'] }],
  revision: 1,
  stop: stopDetached,
  // intent: the command can't be fenced nor, unless it is detached, recognised later.
  intents: () => [{ step: STEP, unrepeatable: true }],
  async run({ detached, ...args }, context) {
    const command = commandNamed(args);
    if (detached) return runDetached(context, command, { step: STEP, room: JOURNALLED_OUTPUTS });
    let live: { outputs: Outputs } | undefined;
    const kept = await context.step<JournalledOutputs>(
      STEP,
      async () => {
        const outputs = await context.idle(() => commandOutputs(context, command));
        live = { outputs };
        return keepOutputs(outputs, JOURNALLED_OUTPUTS);
      },
      { resume: 'unrepeatable' },
    );
    return live ? live.outputs : keptOutputs(kept, args.pod);
  },
});
