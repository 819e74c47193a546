import { conformanceCase } from '../conformance-case.ts';
import { batch, ending, eventsOf, holds, items, seen, untilEvent, untilItems } from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const cronJob = (schedule: string, more: Loose = {}): Loose => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'c' },
  spec: { schedule, jobTemplate: { spec: { template: { spec: ending(0) } } }, ...more },
});

conformanceCase(
  'cronjob',
  'a Job at each time of the schedule, and only as many kept as asked for',
  async (t) => {
    await t.quietly(() =>
      t.post(batch(t, 'cronjobs'), cronJob('@every 2s', { successfulJobsHistoryLimit: 1 })),
    );
    const [first] = await untilItems(t, batch(t, 'jobs'), (found) =>
      found.some((job) => holds(job, 'Complete')),
    );
    t.note(
      'owner',
      first?.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`),
    );
    t.note('annotations', Object.keys(first?.metadata.annotations ?? {}));
    await untilEvent(t, 'c', 'SuccessfulCreate');
    await untilEvent(t, 'c', 'SawCompletedJob');
    await t.quietly(() => t.patch(`${batch(t, 'cronjobs')}/c`, 'merge', { spec: { suspend: true } }));
    const reasons = (await eventsOf(t, 'c', /SuccessfulCreate|SawCompletedJob/)).map((line) =>
      line.replace(/c-\d+/, 'c-TIME'),
    );
    t.note('events', [...new Set(reasons)]);
    const { status } = seen(await t.quietly(() => t.get(`${batch(t, 'cronjobs')}/c`)));
    t.note(
      'status',
      Object.keys(status)
        .filter((field) => field !== 'active')
        .toSorted(),
    );
  },
);

conformanceCase('cronjob', 'a suspended one starts nothing', async (t) => {
  await t.post(batch(t, 'cronjobs'), cronJob('@every 1s', { suspend: true }));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  t.note('jobs', (await items(t, batch(t, 'jobs'))).length);
});

conformanceCase('cronjob', 'a schedule that cannot be read is refused', async (t) => {
  await t.post(batch(t, 'cronjobs'), cronJob('every day'));
});

conformanceCase('cronjob', 'a time zone that there is not is refused', async (t) => {
  await t.post(batch(t, 'cronjobs'), cronJob('* * * * *', { timeZone: 'Nowhere/City' }));
});
