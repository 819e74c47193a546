import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import type { WriteRequestOptions } from '../server-context.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Of a delete, as DeleteOptions name them. */
export interface DeletionOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** A change that somebody asks for, as admission sees it. */
export interface AdmissionRequest {
  operation: AdmissionOperation;
  definition: ResourceDefinition;
  subresource?: string;
  namespace: string | undefined;
  /** Empty while it is still to be generated. */
  name: string;
  /** As it is to be stored, or what is sent to a subresource; absent for a delete. Mutating admission changes it in place. */
  object?: ApiObject;
  /** As it is stored; absent for a create. */
  old?: ApiObject;
  options: Pick<WriteRequestOptions, 'dryRun' | 'user' | 'warn'> &
    Partial<WriteRequestOptions> &
    DeletionOptions;
}
