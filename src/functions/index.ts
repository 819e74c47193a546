import type { FunctionDefinition } from '../engine/function.ts';
import { kubeExec } from './kube-exec.ts';
import { kubeTask } from './kube-task.ts';
import { locationDelete } from './location-delete.ts';
import { scaleWorkload } from './scale-workload.ts';

/** All functions of this program: what is not here does not exist for Blueprints. */
export const functions: readonly FunctionDefinition[] = [kubeExec, kubeTask, locationDelete, scaleWorkload];
