import type { FunctionDefinition } from '../engine/function.ts';
import { kubeExec } from './kube-exec.ts';
import { kubeExecAll } from './kube-exec-all.ts';
import { kubeOps } from './kube-ops.ts';
import { kubeTask } from './kube-task.ts';
import { locationDelete } from './location-delete.ts';
import { multiContainerRun } from './multi-container-run.ts';
import { prepareData } from './prepare-data.ts';
import { scaleWorkload } from './scale-workload.ts';
import { waitV2 } from './wait-v2.ts';
import { wait } from './wait.ts';

/** All functions of this program: what is not here does not exist for Blueprints. */
export const functions: readonly FunctionDefinition[] = [
  kubeExec,
  kubeExecAll,
  kubeOps,
  kubeTask,
  locationDelete,
  multiContainerRun,
  prepareData,
  scaleWorkload,
  wait,
  waitV2,
];
