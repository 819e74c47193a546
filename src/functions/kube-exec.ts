import { createPhaseOutputParser } from '../api/phase-output.ts';
import { string, stringList } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction, type FunctionContext } from '../engine/function.ts';
import { type ContainerCommand, execCommand } from '../pods/exec-command.ts';
import { invalidPhaseOutput } from '../pods/invalid-phase-output.ts';

const STEP = 'exec';

/** Bytes of outputs that the journal takes; larger ones stand in the phase's result only. */
const JOURNALLED_OUTPUTS = 12 * 1024;

/** Runs a command in a container that exists. Kanister 0.119: KubeExec. */
export const kubeExec = defineFunction({
  name: 'KubeExec',
  doc: 'Runs a command in a container of a running pod, once: after an interruption the phase fails, its outcome unknown.',
  afterRestart:
    'A command that has begun is not run again: the phase fails with OutcomeUnknown, and the command may still be running.',
  args: {
    namespace: string({ required: true, doc: 'namespace of the pod' }),
    pod: string({ required: true, doc: 'name of the pod' }),
    command: stringList({ required: true, doc: 'command and arguments, run without a shell' }),
    container: string({ doc: 'name of the container; may be left out where the pod has only one' }),
  },
  outputs: 'markers',
  permissions: [{ group: '', resources: ['pods/exec'], verbs: ['create', 'get'] }],
  revision: 1,
  // intent: the command can't be fenced nor recognised later.
  intents: () => [{ step: STEP, unrepeatable: true }],
  async run({ namespace, pod, container, command }, context) {
    let outputs: Record<string, string> | undefined;
    const journalled = await context.step<Journalled>(
      STEP,
      async () => {
        outputs = await context.idle(() =>
          run(context, {
            pod: { namespace, name: pod },
            ...(container !== undefined && { container }),
            command,
          }),
        );
        const bytes = Buffer.byteLength(JSON.stringify(outputs ?? null));
        return bytes <= JOURNALLED_OUTPUTS ? { outputs: outputs ?? null } : { bytes };
      },
      { resume: 'unrepeatable' },
    );
    if (outputs !== undefined) return outputs;
    if ('bytes' in journalled) throw outputsLost(pod);
    return journalled.outputs ?? undefined;
  },
});

/** What the journal keeps of the outputs: themselves, or only how large they are. */
type Journalled = { outputs: Record<string, string> | null } | { bytes: number };

/** Kanister gives no output at all, rather than an empty one, where the command printed none. */
async function run(
  context: FunctionContext,
  command: ContainerCommand,
): Promise<Record<string, string> | undefined> {
  const parser = createPhaseOutputParser();
  let unreadable: unknown;
  const attempt = (parse: () => void) => {
    if (unreadable !== undefined) return;
    try {
      parse();
    } catch (error) {
      unreadable = error;
    }
  };
  // How the command ends comes first: a marker that can't be read must not cut it off.
  await execCommand(context, { ...command, onStdout: (chunk) => attempt(() => parser.write(chunk)) });
  attempt(() => parser.end());
  if (unreadable !== undefined) throw invalidPhaseOutput(unreadable, command.pod.name);
  return parser.outputs;
}

function outputsLost(pod: string): Failure {
  return new Failure(
    'OutcomeUnknown',
    'the operator was interrupted after the command had succeeded and before its outputs were stored',
    {
      pod: { name: pod },
      hint: 'Check what the command did, then run the action again; output less than 12 KiB to have outputs survive this.',
    },
  );
}
