import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { boundClaim, clusterWide, core, driverOf, eventsOf, seen, untilEvent } from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const CLAIMS = 'persistentvolumeclaims';

const request = (storage: string): Loose => ({ spec: { resources: { requests: { storage } } } });

const fixedClass = async (t: Conversation): Promise<string> => {
  const name = `fixed-${t.token}`;
  await clusterWide(t, '/apis/storage.k8s.io/v1/storageclasses', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: await driverOf(t),
  });
  return name;
};

conformanceCase('pvc-resize', 'a claim of a class that does not allow it cannot grow', async (t) => {
  await boundClaim(t, 'c', { storageClassName: await fixedClass(t) });
  await t.patch(`${core(t, CLAIMS)}/c`, 'merge', request('2Gi'));
});

conformanceCase('pvc-resize', 'a claim cannot shrink', async (t) => {
  await boundClaim(t, 'c', { storageClassName: await fixedClass(t) });
  const answer = await t.quietly(() => t.patch(`${core(t, CLAIMS)}/c`, 'merge', request('512Mi')));
  t.note('error', [answer.status, answer.object.reason]);
});

conformanceCase('pvc-resize', 'a claim of a class that allows it grows, with its volume', async (t) => {
  const { spec } = await boundClaim(t, 'c');
  await t.quietly(() => t.patch(`${core(t, CLAIMS)}/c`, 'merge', request('2Gi')));
  const grown = seen(await t.until(`${core(t, CLAIMS)}/c`, isGrown));
  t.note('status', grown.status);
  const volume = seen(await t.quietly(() => t.get(`/api/v1/persistentvolumes/${String(spec.volumeName)}`)));
  t.note('capacity', volume.spec.capacity);
  await untilEvent(t, 'c', 'VolumeResizeSuccessful');
  t.note('events', await eventsOf(t, 'c', /Resiz/));
});

function isGrown(claim: Loose): boolean {
  const { capacity, conditions, allocatedResourceStatuses } = claim.status as Loose;
  const isDone = conditions === undefined && allocatedResourceStatuses === undefined;
  return isDone && (capacity as Loose).storage === '2Gi';
}
