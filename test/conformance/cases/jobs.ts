import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import {
  batch,
  conditionsOf,
  core,
  ending,
  eventsOf,
  gone,
  holds,
  items,
  seen,
  sleeper,
  untilEvent,
  untilItems,
} from './workload-parts.ts';
import type { Loose, Seen } from './workload-parts.ts';

const job = (spec: Loose, more: Loose = {}): Loose => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j' },
  spec: { template: { spec }, ...more },
});

const run = async (t: Conversation, body: Loose, type: string): Promise<Seen> => {
  await t.quietly(() => t.post(batch(t, 'jobs'), body));
  return seen(await t.until(`${batch(t, 'jobs')}/j`, (object) => holds(object, type)));
};

const withoutConditions = ({ status: { conditions: _conditions, ...status } }: Seen): Loose => status;

const events = async (t: Conversation): Promise<string[]> =>
  (await eventsOf(t, 'j')).map((line) => line.replace(/j-(\d+-)?[a-z0-9]{5}\b/, 'j-$1SUFFIX'));

conformanceCase('job-completion', 'a Job is complete when its pods have succeeded', async (t) => {
  const done = await run(t, job(ending(0), { completions: 2, parallelism: 2 }), 'Complete');
  await untilEvent(t, 'j', 'Completed');
  t.note('status', withoutConditions(done));
  t.note('conditions', conditionsOf(done));
  const pods = await items(t, core(t, 'pods'));
  t.note(
    'pods',
    pods.map(({ metadata, status }) => [
      Object.keys(metadata.labels ?? {}).toSorted(),
      metadata.finalizers ?? [],
      status.phase,
    ]),
  );
  t.note('events', await events(t));
});

conformanceCase('job-completion', 'an Indexed Job gives each pod its index', async (t) => {
  const spec = { completions: 3, parallelism: 3, completionMode: 'Indexed' };
  const done = await run(t, job(ending(0), spec), 'Complete');
  t.note('status', withoutConditions(done));
  const pods = await items(t, core(t, 'pods'));
  const line = ({ metadata, spec: own }: Seen): unknown[] => [
    metadata.annotations,
    own.hostname,
    (own.containers as { env: unknown }[])[0]?.env,
  ];
  t.note(
    'pods',
    pods.map(line).toSorted((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
  );
});

conformanceCase('job-completion', 'a suspended Job has no pods until it is resumed', async (t) => {
  const suspended = await run(t, job(ending(0), { suspend: true }), 'Suspended');
  t.note('suspended', conditionsOf(suspended));
  t.note('pods', (await items(t, core(t, 'pods'))).length);
  await t.quietly(() => t.patch(`${batch(t, 'jobs')}/j`, 'merge', { spec: { suspend: false } }));
  const done = seen(await t.until(`${batch(t, 'jobs')}/j`, (object) => holds(object, 'Complete')));
  t.note('done', conditionsOf(done));
  await untilEvent(t, 'j', 'Completed');
  t.note('events', await events(t));
});

conformanceCase('job-completion', 'a Job goes when its time after the end is over', async (t) => {
  await t.quietly(() => t.post(batch(t, 'jobs'), job(ending(0), { ttlSecondsAfterFinished: 0 })));
  await t.until(`${batch(t, 'jobs')}/j`, gone);
  await t.get(`${batch(t, 'jobs')}/j`);
  await untilItems(t, core(t, 'pods'), (found) => found.length === 0);
});

conformanceCase('job-failure', 'a Job fails when more pods failed than its limit allows', async (t) => {
  const failed = await run(t, job(ending(3), { backoffLimit: 0 }), 'Failed');
  t.note('status', withoutConditions(failed));
  t.note('error: conditions', conditionsOf(failed));
  await untilEvent(t, 'j', 'BackoffLimitExceeded');
  t.note('events', await events(t));
});

conformanceCase('job-failure', 'a Job fails when it takes too long', async (t) => {
  const failed = await run(
    t,
    job({ ...sleeper, restartPolicy: 'Never' }, { activeDeadlineSeconds: 2 }),
    'Failed',
  );
  t.note('status', withoutConditions(failed));
  t.note('error: conditions', conditionsOf(failed));
  t.note('pods', (await items(t, core(t, 'pods'))).length);
});

conformanceCase('job-failure', 'a policy ends a Job at an exit code', async (t) => {
  const podFailurePolicy = {
    rules: [{ action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } }],
  };
  const failed = await run(t, job(ending(42), { backoffLimit: 5, podFailurePolicy }), 'Failed');
  const conditions = conditionsOf(failed).map((line) => line.replace(/j-[a-z0-9]{5}\b/, 'j-SUFFIX'));
  t.note('error: conditions', conditions);
  t.note('failed', failed.status.failed);
});

conformanceCase('job-failure', 'a template that would always be started again is refused', async (t) => {
  await t.post(batch(t, 'jobs'), job({ ...sleeper, restartPolicy: 'Always' }));
});
