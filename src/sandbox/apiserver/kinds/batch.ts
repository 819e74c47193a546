import { cronJobErrors } from '../rules/cron-job.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { jobErrors, jobUpdateErrors, selectOwnPods } from '../rules/job.ts';
import { applyCronJobDefaults, applyJobDefaults } from '../workload-defaults.ts';
import { defineKind, selectable, startingStatus } from './define-kind.ts';

export const BATCH_KINDS: ResourceDefinition[] = [
  defineKind('batch', 'cronjobs', 'CronJob', {
    shortNames: ['cj'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    prepareCreate: startingStatus({}),
    applyDefaults: applyCronJobDefaults,
    validate: cronJobErrors,
  }),
  defineKind('batch', 'jobs', 'Job', {
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    selectableFields: selectable({ 'status.successful': ['status', 'succeeded'] }),
    prepareCreate: selectOwnPods,
    applyDefaults: applyJobDefaults,
    validate: jobErrors,
    validateUpdate: jobUpdateErrors,
  }),
];
