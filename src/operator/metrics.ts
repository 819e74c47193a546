import { collectDefaultMetrics, Counter, Registry } from 'prom-client';

export interface OperatorMetrics {
  registry: Registry;
  onResolution(resolution: 'success' | 'failure'): void;
}

/** The original's one counter, where it is switched on, beside the process's own. */
export function createMetrics(enabled: boolean): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  if (!enabled) return { registry, onResolution: () => undefined };
  const resolutions = new Counter({
    name: 'kanister_action_set_resolutions_total',
    help: 'Total number of action set resolutions',
    labelNames: ['resolution'],
    registers: [registry],
  });
  for (const resolution of ['success', 'failure']) resolutions.inc({ resolution }, 0);
  return { registry, onResolution: (resolution) => resolutions.inc({ resolution }) };
}
