import { actionSetCrd } from './action-set-crd.ts';
import { blueprintCrd } from './blueprint-crd.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import { profileCrd } from './profile-crd.ts';

/** What has to be installed in a cluster before ActionSets can be created. */
export const kanisterCrds: readonly CustomResourceDefinition[] = [actionSetCrd, blueprintCrd, profileCrd];
