import { API_VERSION, BLUEPRINTS, type Blueprint } from '../../api/kanister/types.ts';
import type { EventRecorder } from '../../engine/events.ts';
import type { WatchedObjects } from '../watched-objects.ts';

/** Tells once of every Blueprint that the operator has found it; actions read Blueprints when they start. */
export function createBlueprintController(events: EventRecorder): WatchedObjects<Blueprint> {
  const told = new Set<string>();
  return {
    type: BLUEPRINTS,
    seen(blueprint) {
      const { name, namespace = '', uid = '', resourceVersion } = blueprint.metadata;
      if (told.has(uid)) return;
      told.add(uid);
      events.post(
        {
          apiVersion: API_VERSION,
          kind: 'Blueprint',
          metadata: { name, namespace, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        },
        'added',
        { type: 'Normal', reason: 'Added', message: `Added blueprint ${name}` },
      );
    },
    gone(blueprint) {
      told.delete(blueprint.metadata.uid ?? '');
    },
  };
}
