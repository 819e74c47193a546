/**
 * `node test/crash/record-journals.ts`: records clusters in the middle of runs, with the journals of this release, into
 * test/golden/journals/version-N.jsonl. To be run once before the journal's format changes: later releases must go on with these.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { JOURNAL_ANNOTATION } from '../../src/engine/journal.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { createCrashSuite, type Verdict } from './crash-suite.ts';
import type { Recording } from './recorded-journals.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { ACTION_SET_STORAGE, journalOf } from './stored-history.ts';

/** Recordings of each scenario. */
const EACH = 4;
const STORAGES = [
  ACTION_SET_STORAGE,
  'blueprints.cr.kanister.io',
  'configmaps',
  'secrets',
  'pods',
  'statefulsets.apps',
];
const suite = createCrashSuite({ scenarios: SCENARIOS });
const recordings: Recording[] = [];
let version = 0;
for (const { name, isHeavy, originalCrds } of SCENARIOS) {
  if (isHeavy || originalCrds) continue;
  const plans = (await suite.singles(name)).filter(
    ({ incidents }) => incidents[0]?.trouble === 'crash-unanswered',
  );
  const found: Recording[] = [];
  for (const plan of plans) {
    const verdict = await suite.run(plan, { untilCrash: true });
    const recording = recordingOf(verdict, plan.incidents[0]?.call ?? 0);
    if (recording) found.push(recording);
  }
  for (let index = 0; index < EACH; index += 1) {
    const one = found[Math.floor(((index + 0.5) * found.length) / EACH)];
    if (one) recordings.push(one);
  }
}
const folder = new URL('../golden/journals/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(
  new URL(`version-${version}.jsonl`, folder),
  recordings.map((recording) => `${JSON.stringify(recording)}\n`).join(''),
);
process.stdout.write(`${recordings.length} recordings of journals of version ${version}\n`);

/** Undefined where nothing is under way. */
function recordingOf({ plan, result }: Verdict, call: number): Recording | undefined {
  const objects: Recording['objects'] = {};
  let isUnderWay = false;
  for (const storage of STORAGES) {
    const all = (result.state.objects.get(storage) ?? []) as unknown as KubernetesObject[];
    const stored = all.filter(({ metadata }) => metadata?.name !== 'kanister-operator-randomness');
    if (stored.length > 0) objects[storage] = stored;
    for (const object of storage === ACTION_SET_STORAGE ? stored : []) {
      if (object.metadata?.annotations?.[JOURNAL_ANNOTATION] === undefined) continue;
      isUnderWay = true;
      version = journalOf(object as never)?.version ?? 0;
    }
  }
  // Of pods only the objects are recorded: their work begins anew.
  const effects = [...result.effects].filter(([key]) => !key.startsWith('pod '));
  return isUnderWay
    ? { scenario: plan.scenario, call, version: result.state.version, objects, effects }
    : undefined;
}
