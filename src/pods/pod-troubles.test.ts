import { describe, expect, it } from 'vitest';
import type { Pod } from './pod.ts';
import { DEFAULT_PATIENCE, pendingTrouble } from './pod-troubles.ts';

const pending = (status: Pod['status']): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'job', namespace: 'shop' },
  spec: { containers: [{ name: 'container', image: 'tools' }] },
  status: { phase: 'Pending', ...status },
});

const hintOf = (status: Pod['status']) => pendingTrouble(pending(status), DEFAULT_PATIENCE)?.hint;
const waiting = (reason: string, message: string) =>
  hintOf({ containerStatuses: [{ name: 'container', state: { waiting: { reason, message } } }] });

describe('a pod that does not start is explained', () => {
  it.each([
    ['0/3 nodes are available: 3 Insufficient memory.', /lower the requests/],
    ['0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: db}.', /tolerations/],
    ["0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", /labels/],
    ['0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', /kubectl describe pvc/],
    ['persistentvolumeclaim "data" not found', /Create the PersistentVolumeClaim/],
    ['', /^Check nodeSelector/],
  ])('when no node takes it: %s', (message, hint) => {
    const scheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    expect(hintOf({ conditions: [scheduled] })).toMatch(hint);
  });

  it.each([
    ['pull access denied, repository does not exist or may require authorization', /imagePullSecrets/],
    ['manifest for tools:9 not found: manifest unknown', /no image of this name/],
    ['toomanyrequests: You have reached your pull rate limit', /limits pulls/],
    ['dial tcp: lookup registry.local: no such host', /do not reach the registry/],
    ['Back-off pulling image "tools"', /^Check the name of the image/],
  ])('when its image can’t be pulled: %s', (message, hint) => {
    expect(waiting('ImagePullBackOff', message)).toMatch(hint);
  });

  it.each([
    ['CreateContainerConfigError', 'secret "db" not found', /^Create secret db/],
    ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root', /runAsUser/],
    ['RunContainerError', 'exec: "pg_dmup": executable file not found in $PATH', /command exists/],
    ['CreateContainerConfigError', 'couldn’t find key', /Secrets, ConfigMaps and keys/],
  ])('when its container can’t be made: %s: %s', (reason, message, hint) => {
    expect(waiting(reason, message)).toMatch(hint);
  });
});
