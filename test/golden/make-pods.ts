/**
 * Writes test/golden/pods/job-pods.json: the pods that Kanister 0.114.0 created for KubeTask, from recordings of its requests.
 * Run: node test/golden/make-pods.ts FOLDER_OF_RECORDINGS
 *
 * A recorded body has the API server's defaults in it, and they are taken out again.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Recording {
  input: Record<string, { kind: string; items?: Input[] } & Input>;
  requests: { verb: string; uri: string; body?: { kind: string } & Body }[];
}

interface Input {
  kind: string;
  metadata: { labels?: Record<string, string> };
  actions?: Record<string, { phases: { func: string; args: object }[] }>;
  spec?: { actions: object[] };
}

interface Body {
  metadata: { creationTimestamp?: unknown };
  spec: Record<string, unknown> & { containers: Record<string, unknown>[] };
  status?: object;
}

const [folder = ''] = process.argv.slice(2);
const pods = [];
for (const file of (await readdir(folder)).filter((name) => name.startsWith('kubetask-')).toSorted()) {
  const recording: Recording = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const inputs = Object.values(recording.input).flatMap((input) => input.items ?? [input]);
  const phases = inputs.flatMap(({ actions }) =>
    Object.values(actions ?? {}).flatMap((action) => action.phases),
  );
  const actionSet = inputs.find(({ kind }) => kind === 'ActionSet');
  const created = recording.requests.filter(({ verb, body }) => verb === 'create' && body?.kind === 'Pod');
  const [phase] = phases;
  const [pod] = created;
  // Arguments with templates need the engine, which has tests of its own.
  if (
    phases.length !== 1 ||
    created.length !== 1 ||
    !phase ||
    !pod?.body ||
    JSON.stringify(phase).includes('{{')
  )
    continue;
  pods.push({
    origin: file.replace(/\.json$/, ''),
    labels: actionSet?.metadata.labels ?? {},
    action: actionSet?.spec?.actions[0] ?? {},
    args: phase.args,
    pod: withoutDefaults(pod.body),
  });
}
await writeFile(new URL('./pods/job-pods.json', import.meta.url), `${JSON.stringify(pods, null, 2)}\n`);

function withoutDefaults({ metadata, spec, status: _status, ...body }: Body): object {
  const defaults: Record<string, unknown> = {
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    serviceAccount: spec['serviceAccountName'],
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
  const strip = (fields: object) =>
    Object.fromEntries(
      Object.entries(fields).filter(
        ([key, value]) => JSON.stringify(defaults[key]) !== JSON.stringify(value),
      ),
    );
  return { ...body, metadata, spec: { ...strip(spec), containers: spec.containers.map(strip) } };
}
