import type { Scenario } from '../scenario.ts';
import { CONTAINERS } from './containers.ts';
import { DETACHED } from './detached.ts';
import { ORDER } from './order.ts';
import { PEOPLE } from './people.ts';
import { PHASES } from './phases.ts';
import { PODS } from './pods.ts';
import { SCALING } from './scaling.ts';
import { USERS_OBJECTS } from './users-objects.ts';
import { WAITS } from './waits.ts';

/** What the suite runs. An entry in one of these joins every seed, every single crash and every planted defect. */
export const SCENARIOS: readonly Scenario[] = [
  ...PHASES,
  ...PODS,
  ...SCALING,
  ...CONTAINERS,
  ...DETACHED,
  ...PEOPLE,
  ...ORDER,
  ...USERS_OBJECTS,
  ...WAITS,
];
