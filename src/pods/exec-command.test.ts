import { expect, it } from 'vitest';
import { createPhase, createTestCluster } from '../../test/pods/phase.ts';
import { ExecLost } from '../kubernetes/client.ts';
import { execCommand } from './exec-command.ts';

it('a command whose connection breaks may have run, and says what it printed so far', async () => {
  const cluster = await createTestCluster();
  const { context } = createPhase({
    client: {
      ...cluster.client,
      async exec(_pod, { stdout }) {
        stdout?.write(Buffer.from('half way\n'));
        throw new ExecLost(new Error('ECONNRESET'));
      },
    },
  });
  await expect(
    execCommand(context, { pod: { name: 'db', namespace: 'app' }, command: ['dump'] }),
  ).rejects.toMatchObject({
    reason: 'OutcomeUnknown',
    message: expect.stringMatching(
      /^Failed to exec command in pod: .*its outcome is unknown, and it may still be running\.\nstdout: half way/,
    ),
    details: { pod: { name: 'db' }, hint: expect.stringContaining('run the action again') },
  });
  await cluster.stop();
});
