import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPhase, createTestCluster, type TestCluster } from '../../test/pods/phase.ts';
import { ExecLost } from '../kubernetes/client.ts';
import { PODS } from '../kubernetes/resources.ts';
import { execCommand } from './exec-command.ts';
import type { Pod, PodStatus } from './pod.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const pod = { name: 'db', namespace: 'app' };
const createPod = async (status?: PodStatus) => {
  const created = await cluster.client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: pod,
    spec: { containers: [{ name: 'main', image: 'busybox' }] },
  });
  if (status) await cluster.setStatus(created, status);
};
/** A command whose connection breaks, or that ends with the code that is given. */
const execTo = (end: 'lost' | number) => {
  const { context } = createPhase({
    client: {
      ...cluster.client,
      async exec(_pod, { stdout }) {
        stdout?.write(Buffer.from('half way\n'));
        if (end === 'lost') throw new ExecLost(new Error('ECONNRESET'));
        return { exitCode: end };
      },
    },
  });
  return execCommand(context, { pod, command: ['dump'] });
};

describe('a command whose connection breaks', () => {
  it('may have run, may run on, and says what it printed so far', async () => {
    await createPod();
    await expect(execTo('lost')).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: expect.stringMatching(
        /^Failed to exec command in pod: .*its outcome is unknown, and it may still be running\.\nstdout: half way/,
      ),
      details: { pod: { name: 'db' }, hint: expect.stringContaining('run the action again') },
    });
  });

  it('because its pod was evicted or removed says so', async () => {
    await expect(execTo('lost')).rejects.toThrow('(the pod is gone): its outcome is unknown.\n');
    await createPod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' });
    await expect(execTo('lost')).rejects.toThrow(
      '(the pod has failed: Evicted: The node was low on resource: memory.): its outcome is unknown.\n',
    );
  });
});

describe('a command that ends with', () => {
  it.each([
    [1, /exit code 1\./, undefined],
    [126, /exit code 126\./, 'may not be run'],
    [127, /exit code 127\./, 'not found'],
    [137, /exit code 137 \(container "main" has ended with code 137 \(OOMKilled\)\)\./, 'was killed'],
    [143, /exit code 143 \(container "main" has ended/, 'told to end'],
  ])('exit code %i says what that means', async (code, message, hint) => {
    const terminated = { exitCode: 137, reason: 'OOMKilled' };
    await createPod({
      phase: 'Running',
      containerStatuses: [{ name: 'main', state: { waiting: {} }, lastState: { terminated } }],
    });
    await expect(execTo(code)).rejects.toMatchObject({
      reason: 'CommandFailed',
      message: expect.stringMatching(message),
      details: {
        pod: { exitCode: code, logTail: 'half way' },
        ...(hint !== undefined && { hint: expect.stringContaining(hint) }),
      },
    });
  });
});
