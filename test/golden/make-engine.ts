/**
 * Writes test/golden/engine.json: how ActionSets ended with Kanister 0.114.0, from recordings.
 * Run: node test/golden/make-engine.ts FOLDER_OF_RECORDINGS
 *
 * Left out: progress (it depends on the moment), times, what the spec calls defects (dumps of Go structures and JSON of errors in
 * texts, the second event of a failed initialisation, `Update Complete` again at each edit of a finished ActionSet).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SCENARIOS = [
  'action-missing',
  'artifact-badtemplate',
  'artifact-missing',
  'artifact-types',
  'artifact-undefined-phase',
  'as-noactions',
  'as-noblueprint',
  'defer-bothfail',
  'defer-deferfail',
  'defer-ok',
  'kind-case',
  'object-missing',
  'params-all',
  'params-whole',
  'phase-objects',
  'phase-objects-kind',
  'phase-objects-missing',
  'profile-awssecret-badtype',
  'profile-badloc',
  'profile-gcs',
  'profile-missing-secret',
  'profile-missingfield',
];

interface Input {
  kind: string;
  metadata: { name: string };
  items?: Input[];
}

interface Phase {
  name: string;
  state: string;
  output?: object;
}

interface Recording {
  input: Record<string, Input>;
  final: {
    status: {
      state: string;
      error: { message: string };
      actions:
        | {
            name: string;
            object: object;
            blueprint: string;
            phases: Phase[];
            deferPhase: Phase;
            artifacts?: object;
          }[]
        | null;
    };
  };
  events: { object: { type: string; reason: string; message: string; involvedObject: { kind: string } } }[];
}

const [folder = ''] = process.argv.slice(2);
const runs = [];
for (const scenario of SCENARIOS) {
  const { input, final, events } = JSON.parse(
    await readFile(join(folder, `${scenario}.json`), 'utf8'),
  ) as Recording;
  const { state, error, actions } = final.status;
  runs.push({
    origin: scenario,
    input: Object.values(input).flatMap((object) => object.items ?? [object]),
    status: { state, message: stemOf(error.message), actions: (actions ?? []).map(withoutProgress) },
    events: [...new Set(events.map(({ object }) => eventOf(object)).filter((event) => event !== undefined))],
  });
}
await writeFile(new URL('./engine.json', import.meta.url), `${JSON.stringify(runs, null, 2)}\n`);

function withoutProgress(action: NonNullable<Recording['final']['status']['actions']>[number]): object {
  const phase = ({ name, state, output }: Phase) => ({ name, state, ...(output && { output }) });
  return { ...action, phases: action.phases.map(phase), deferPhase: phase(action.deferPhase) };
}

/** The part of an error's text that people look for: without the details in front of it, and the JSON of its causes behind it. */
function stemOf(message: string): string {
  return message.replace(/^(null|\{"[^}]*\}): /, '').replace(/: \{".*$/s, '');
}

/** Object, type, reason, and the text, of which for a warning the part before its error. */
function eventOf({
  type,
  reason,
  message,
  involvedObject,
}: Recording['events'][number]['object']): string | undefined {
  if (message.startsWith('Callback onUpdateActionSet() failed')) return undefined;
  const [stem] = type === 'Warning' ? message.split(':') : [message];
  return `${involvedObject.kind}: ${type} ${reason}: ${stem}`;
}
