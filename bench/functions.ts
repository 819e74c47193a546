/** Functions that work in pods: what they cost beyond what their commands cost; and how soon one that waits sees a change. API server, operator and reader have a process each. */
import { served } from './operator/action-sets.ts';
import { openPlace } from './operator/place.ts';
import type { Place } from './operator/place.ts';
import { startOperator } from './operator/program.ts';
import type { Program } from './operator/program.ts';
import { measureExec, measureKubeExec } from './functions/execs.ts';
import { measureKubeTasks } from './functions/kube-tasks.ts';
import { measureWaits } from './functions/waits.ts';
import type { Row, Suite } from './suite.ts';

export const suite: Suite = {
  name: 'functions',
  onCluster: true,
  async run(options) {
    const place = await openPlace(options, { pods: true });
    try {
      const operator = startOperator(place.kubeconfig, place.namespace, {
        env: { POD_SERVICE_ACCOUNT: 'default' },
        // A machine that is busy with fifty pods may keep it from renewing a Lease in time.
        flags: ['--no-leader-election'],
      });
      try {
        // Without it nothing would end that is waited for.
        return await Promise.race([measure(place, operator), operator.ended]);
      } finally {
        await operator.stop();
      }
    } finally {
      await place.close();
    }
  },
};

async function measure(place: Place, operator: Program): Promise<Row[]> {
  await operator.said('watching ActionSets');
  await served(place.client);
  return [
    ...(await measureKubeTasks(place, operator)),
    ...(await measureWaits(place)),
    ...(await measureExec(place)),
    ...(await measureKubeExec(place, operator)),
  ];
}
