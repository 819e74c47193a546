import { CORE_KINDS } from './kinds/core.ts';
import { ADMISSION_REGISTRATION_KINDS } from './kinds/admission-registration.ts';
import { API_EXTENSIONS_KINDS } from './kinds/api-extensions.ts';
import { APPS_KINDS } from './kinds/apps.ts';
import { AUTOSCALING_KINDS } from './kinds/autoscaling.ts';
import { BATCH_KINDS } from './kinds/batch.ts';
import { COORDINATION_AND_DISCOVERY_KINDS } from './kinds/coordination-and-discovery.ts';
import { EVENTS_KINDS } from './kinds/events.ts';
import { NETWORKING_KINDS } from './kinds/networking.ts';
import { POLICY_KINDS } from './kinds/policy.ts';
import { RBAC_KINDS } from './kinds/rbac.ts';
import { SCHEDULING_KINDS } from './kinds/scheduling.ts';
import { STORAGE_KINDS } from './kinds/storage.ts';
import type { ResourceDefinition } from './resource-definition.ts';

/** Every kind that the server knows from the start. A further kind is one more entry in the file of its group. */
export const BUILT_IN_RESOURCES: ResourceDefinition[] = [
  ...CORE_KINDS,
  ...ADMISSION_REGISTRATION_KINDS,
  ...API_EXTENSIONS_KINDS,
  ...APPS_KINDS,
  ...AUTOSCALING_KINDS,
  ...BATCH_KINDS,
  ...COORDINATION_AND_DISCOVERY_KINDS,
  ...EVENTS_KINDS,
  ...NETWORKING_KINDS,
  ...POLICY_KINDS,
  ...RBAC_KINDS,
  ...SCHEDULING_KINDS,
  ...STORAGE_KINDS,
];
