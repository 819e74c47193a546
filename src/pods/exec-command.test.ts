import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { createPhase, createTestCluster, type TestCluster } from '../../test/pods/phase.ts';
import { steppedClock } from '../../test/support/stepped-clock.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { ExecFailed, ExecLost, type KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import { fixedCredentials } from '../kubernetes/credentials.ts';
import { httpTransport } from '../kubernetes/http-transport.ts';
import { answerJson, loopbackServer, type LoopbackOptions } from '../kubernetes/loopback-server.ts';
import type { Status } from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';
import { ConnectionFailed } from '../kubernetes/transport.ts';
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

const STEM = 'Failed to exec command in pod: ';
const status = (code: number, reason: string, message: string): Status => ({
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message,
});

/** An API server over real connections. */
async function withServer(
  handle: LoopbackOptions['handle'],
  test: (client: KubernetesClient, requests: string[]) => Promise<void>,
): Promise<void> {
  await using server = await loopbackServer({ ...(handle && { handle }) });
  const client = clientOf(server.url);
  try {
    await test(client, server.requests);
  } finally {
    await client.close();
  }
}

function clientOf(server: string): KubernetesClient {
  const transport = httpTransport({ server, credentials: fixedCredentials({}), clock: systemClock });
  return createClient(transport, { clock: systemClock });
}

const isExec = (request: string) => request.includes('/exec?');

describe('a command whose connection breaks before it is there', () => {
  it('may have begun: it is not tried again', async () => {
    await withServer(
      (request, response) =>
        isExec(request.url ?? '')
          ? request.socket.destroy()
          : answerJson(response, 403, status(403, 'Forbidden', 'no right to get pods')),
      async (client, requests) => {
        const { context } = createPhase({ client });
        await expect(execCommand(context, { pod, command: ['dump'] })).rejects.toMatchObject({
          reason: 'OutcomeUnknown',
          message: expect.stringMatching(
            /^Failed to exec command in pod: the connection to the command was lost .*: socket hang up.*: its outcome is unknown, and it may still be running\.\nstdout: \nstderr: $/,
          ),
        });
        expect(requests.filter(isExec)).toHaveLength(1);
      },
    );
  });
});

describe('a command that has not begun', () => {
  /** Of a client that meets the troubles, one at each try, before commands succeed. */
  const troubled = (...troubles: Error[]) => {
    let tries = 0;
    const client: KubernetesClient = {
      ...cluster.client,
      async exec() {
        const trouble = troubles[tries];
        tries += 1;
        if (trouble) throw trouble;
        return { exitCode: 0 };
      },
    };
    return { client, tries: () => tries };
  };
  const refused = () => new ConnectionFailed('connect ECONNREFUSED', { sent: false, transient: true });
  const answered = (code: number, retryAfter?: number) =>
    new ApiError(code, status(code, 'Trouble', 'not now'), retryAfter);

  it('is tried again while the API server can’t be reached, or asks to come later', async () => {
    const { client, tries } = troubled(refused(), answered(429, 1), answered(503), answered(500), refused());
    await execCommand(createPhase({ client }).context, { pod, command: ['dump'] });
    expect(tries()).toBe(6);
  });

  it('is tried again for ten minutes, not longer', async () => {
    const clock = steppedClock({ settled: () => delay(2) });
    let isAway = true;
    const exec = () => (isAway ? Promise.reject(refused()) : Promise.resolve({ exitCode: 0 }));
    const run = () => {
      const result = execCommand(createPhase({ client: { ...cluster.client, exec }, clock }).context, {
        pod,
        command: ['dump'],
      });
      result.catch(() => undefined);
      return result;
    };
    const given = run();
    await clock.advance(11 * 60_000);
    await expect(given).rejects.toMatchObject({ reason: 'ExecRefused' });
    const kept = run();
    await clock.advance(9 * 60_000);
    isAway = false;
    await clock.advance(20_000);
    await kept;
  });

  it('is tried no sooner than the API server asks, and only when that is within ten minutes', async () => {
    const pauses: number[] = [];
    const clock = acceleratedClock(10_000);
    const { client } = troubled(answered(429, 7), answered(429, 601));
    const { context } = createPhase({
      client,
      clock: {
        ...clock,
        sleep(milliseconds, signal) {
          pauses.push(milliseconds);
          return clock.sleep(milliseconds, signal);
        },
      },
    });
    await expect(execCommand(context, { pod, command: ['dump'] })).rejects.toThrow(
      `${STEM}not now.\nstdout: \nstderr: `,
    );
    expect(pauses).toEqual([7_000]);
  });

  it('fails with the fault, and may be tried again by its phase, when an API server stays away', async () => {
    const { context } = createPhase({
      client: clientOf('http://127.0.0.1:1'),
      clock: acceleratedClock(10_000),
    });
    await expect(execCommand(context, { pod, command: ['dump'] })).rejects.toMatchObject({
      reason: 'ExecRefused',
      message: `${STEM}no answer from the API server http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1.\nstdout: \nstderr: `,
    });
  });

  it('is given up with its phase', async () => {
    await withServer(
      (_request, response) =>
        answerJson(response, 429, status(429, 'TooManyRequests', 'later'), { 'retry-after': '60' }),
      async (client, requests) => {
        const { context, abort } = createPhase({ client, clock: systemClock });
        const waiting = execCommand(context, { pod, command: ['dump'] });
        waiting.catch(() => undefined);
        await expect.poll(() => requests.filter(isExec).length).toBe(1);
        abort.abort(new Error('cancelled'));
        await expect(waiting).rejects.toThrow('cancelled');
        expect(requests.filter(isExec)).toHaveLength(1);
      },
    );
  });

  it.each([
    [
      'error executing command in container: failed to exec in container: failed to start exec "1": OCI runtime exec failed: exec failed',
      false,
    ],
    ['unable to upgrade connection: container not found ("main")', false],
    ['error sending request: Post "https://node:10250/exec": dial tcp: connect: connection refused', false],
    [
      'error executing command in container: failed to exec in container: failed while waiting for exec "1"',
      true,
    ],
    ['error reading from error stream: connection reset by peer', true],
  ])('is told from one that may have begun by the node’s words: %s', async (words, mayHaveBegun) => {
    const message = `Internal error occurred: ${words}`;
    const { client, tries } = troubled(new ExecFailed(500, status(500, 'InternalError', message)));
    const failure = execCommand(createPhase({ client }).context, { pod, command: ['dump'] });
    await expect(failure).rejects.toMatchObject({
      reason: mayHaveBegun ? 'OutcomeUnknown' : 'InternalError',
      message: expect.stringContaining(`${STEM}${message}`),
    });
    expect(tries()).toBe(1);
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
