import { JOBS } from '../../kubernetes/resources.ts';
import type { Job } from './batch-kinds.ts';
import { ownKey } from './controller.ts';
import type { Controller } from './controller.ts';
import { deleteThis, find } from './pod-set.ts';

/** Deletes a Job, with its pods, as long after its end as it asks for. */
export const timeToLiveController: Controller = {
  name: 'ttl-after-finished',
  triggers: [{ type: JOBS, keys: ownKey }],
  async reconcile(subject, context) {
    const job = await find<Job>(context, JOBS, subject);
    const { ttlSecondsAfterFinished } = job?.spec ?? {};
    if (!job || job.metadata?.deletionTimestamp || ttlSecondsAfterFinished === undefined) return undefined;
    const finished = job.status?.conditions?.find(
      ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
    );
    if (!finished) return undefined;
    const due = Date.parse(finished.lastTransitionTime ?? '') + ttlSecondsAfterFinished * 1000;
    const wait = due - context.clock.now().getTime();
    if (wait > 0) return wait;
    await deleteThis(context.client, JOBS, job, { propagationPolicy: 'Foreground' });
    return undefined;
  },
};
