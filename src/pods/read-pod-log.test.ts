import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPhase, createTestCluster, type TestCluster, type TestPhase } from '../../test/pods/phase.ts';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import type { PhaseJournal } from '../engine/journal.ts';
import { additionToMessage } from '../api/termination-message.ts';
import { PODS } from '../kubernetes/resources.ts';
import { type FollowedPod, followPod } from './follow-pod.ts';
import type { Pod } from './pod.ts';
import { readPodLog } from './read-pod-log.ts';

let cluster: TestCluster;
let pod: Pod;
const followed: FollowedPod[] = [];
beforeEach(async () => {
  cluster = await createTestCluster();
  const spec = { containers: [{ name: 'container', image: 'busybox' }], restartPolicy: 'Never' };
  await cluster.client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'job', namespace: 'app' },
    spec,
  });
  pod = await cluster.bind();
  await cluster.run(pod);
});
afterEach(async () => {
  for (const each of followed.splice(0)) each.close();
  await cluster.stop();
});

const output = (key: string, value: string) => `###Phase-output###: ${JSON.stringify({ key, value })}`;
const print = (second: number, ...lines: string[]) =>
  cluster.node.print('job', 'container', second, ...lines);
const end = async (exitCode = 0, message?: string) => {
  cluster.node.end('job', 'container');
  await cluster.end(pod, exitCode, message);
};
/** What `kando output` leaves of these lines in the termination message. */
const messageOf = (...lines: string[]) =>
  lines.reduce((message, line) => message + additionToMessage(message.length, line), '');

/** A process that reads the log; a second one goes on from the journal of the first. */
const read = async (
  journal?: PhaseJournal,
  factor = 20,
): Promise<TestPhase & { outputs: Promise<Record<string, string>> }> => {
  const phase = createPhase({
    client: cluster.client,
    clock: acceleratedClock(factor),
    ...(journal && { journal }),
  });
  const state = await cluster.client.get<Pod>(PODS, { name: 'job', namespace: 'app' });
  const each = followPod(phase.context, state);
  followed.push(each);
  const outputs = readPodLog(phase.context, each, 'container', 'log');
  outputs.catch(() => undefined);
  return { ...phase, outputs };
};
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('the log of a pod', () => {
  it('gives its outputs, and the rest line by line', async () => {
    print(1, 'starting');
    const { outputs, podOutput } = await read();
    print(2, `before ${output('key', 'first')}`, output('key', 'last'));
    print(3, '', output('other', ''));
    await end();
    expect(await outputs).toEqual({ key: 'last', other: '' });
    expect(podOutput).toEqual(['container: starting', 'container: before ']);
  });

  it('without outputs gives none', async () => {
    const { outputs } = await read();
    await end();
    expect(await outputs).toEqual({});
  });

  it('has each line once, however often the connection ends', async () => {
    const { outputs, podOutput } = await read();
    for (let line = 0; line < 20; line++) {
      print(Math.floor(line / 4), `line ${line}`);
      if (line % 5 === 4) {
        await until(() => podOutput.length === line + 1);
        cluster.node.hangUp();
      }
    }
    print(6, output('key', 'value'));
    await end();
    expect(await outputs).toEqual({ key: 'value' });
    expect(podOutput).toEqual(Array.from({ length: 20 }, (_, line) => `container: line ${line}`));
    expect(cluster.node.opened.filter(({ sinceTime }) => sinceTime !== undefined).length).toBeGreaterThan(3);
  });

  it('that ends before its container, with a rotation for example, is followed further', async () => {
    const { outputs, podOutput } = await read();
    print(1, 'a');
    await until(() => podOutput.length === 1);
    cluster.node.hangUp();
    print(2, output('key', 'after the end of the connection'));
    await end();
    expect(await outputs).toEqual({ key: 'after the end of the connection' });
  });

  it('whose connection falls silent is opened again, as following may stop at a rotation', async () => {
    const { outputs } = await read(undefined, 2_000);
    await until(() => cluster.node.opened.length > 2);
    print(1, output('key', 'value'));
    await end();
    expect(await outputs).toEqual({ key: 'value' });
  });

  it('with a line of 100,000 characters arrives whole', async () => {
    const { outputs } = await read();
    const value = 'v'.repeat(100_000);
    print(1, output('long', value));
    await end();
    expect(await outputs).toEqual({ long: value });
  });

  it.each([
    [
      output('num', 'x').replace('"x"', '5'),
      'json: cannot unmarshal number into Go struct field Output.value of type string',
    ],
    [`${output('t', 'v')} tail`, "invalid character 't' after top-level value"],
  ])('with the marker %s ends the phase with the text that says why', async (line, text) => {
    const { outputs } = await read();
    print(1, line);
    await expect(outputs).rejects.toMatchObject({
      reason: 'InvalidPhaseOutput',
      message: `Failed to unmarshal key-value pair: ${text}`,
    });
  });

  it('with outputs that can be stored nowhere ends the phase when they are printed', async () => {
    const { outputs } = await read();
    const value = 'v'.repeat(1_000_000);
    print(1, ...Array.from({ length: 9 }, (_, index) => output(`key${index}`, value)));
    await expect(outputs).rejects.toMatchObject({
      reason: 'OutputTooLarge',
      message: expect.stringContaining('longer than 8388608 characters'),
    });
  });

  it('that lost the lines after the last one read is a LogGap, never a success', async () => {
    const { outputs, podOutput } = await read();
    print(1, 'a');
    await until(() => podOutput.length === 1);
    cluster.node.hangUp();
    print(5, output('key', 'value'));
    print(9, 'c');
    cluster.node.rotate('job', 'container', 9);
    cluster.node.hangUp();
    await end();
    await expect(outputs).rejects.toMatchObject({ reason: 'LogGap', details: { pod: { name: 'job' } } });
  });

  it('that the kubelet can no longer give is a LogGap', async () => {
    cluster.node.lose('job', 'container');
    await end();
    const { outputs } = await read(undefined, 1_000);
    await expect(outputs).rejects.toMatchObject({
      reason: 'LogGap',
      message: expect.stringContaining('unable to retrieve container logs'),
    });
  });

  it('that lost lines has the outputs that the termination message has, also in place of earlier ones, and warns', async () => {
    const { outputs, podOutput, warnings } = await read();
    print(1, output('key', 'early'), output('only', 'in the log'), 'a');
    await until(() => podOutput.length === 1);
    cluster.node.hangUp();
    print(9, 'b');
    cluster.node.rotate('job', 'container', 9);
    await end(0, messageOf(output('key', 'early'), output('key', 'late'), output('more', 'v')));
    expect(await outputs).toEqual({ key: 'late', more: 'v', only: 'in the log' });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^LogGap: .* are lost: .*; the outputs of the phase are from its termination message$/,
      ),
    ]);
  });

  it('that is gone altogether has the outputs of the termination message', async () => {
    cluster.node.lose('job', 'container');
    await end(0, messageOf(output('key', 'value')));
    const { outputs } = await read(undefined, 1_000);
    expect(await outputs).toEqual({ key: 'value' });
  });

  it.each([
    ['without outputs', 'all is well'],
    ['with an output that had no room', messageOf(output('key', 'v'), output('large', 'v'.repeat(5_000)))],
    ['that was cut', output('key', 'value').slice(0, -3)],
  ])('that is gone, beside a termination message %s, is a LogGap', async (_, message) => {
    cluster.node.lose('job', 'container');
    await end(0, message);
    const { outputs } = await read(undefined, 1_000);
    await expect(outputs).rejects.toMatchObject({ reason: 'LogGap' });
  });

  it('that was read to its end says what the outputs are, whatever the termination message says', async () => {
    const { outputs, warnings } = await read();
    print(1, output('key', 'log'));
    await end(0, messageOf(output('key', 'message'), output('other', 'message')));
    expect(await outputs).toEqual({ key: 'log' });
    expect(warnings).toEqual([]);
  });

  it('that was rotated before anybody read it has the outputs of the termination message, and warns', async () => {
    const startedAt = new Date(Date.now() - 60_000).toISOString();
    await cluster.setStatus(pod, {
      phase: 'Running',
      containerStatuses: [{ name: 'container', state: { running: { startedAt } } }],
    });
    print(9, output('late', 'log'));
    const { outputs, warnings } = await read();
    await end(0, messageOf(output('early', '1'), output('late', 'message')));
    expect(await outputs).toEqual({ early: '1', late: 'log' });
    expect(warnings).toEqual([
      expect.stringMatching(/^LogGap: .*: it was rotated before it was read; the out/),
    ]);
  });

  it('has lines in the order in which they stand in it, whatever their times are', async () => {
    const { outputs, podOutput } = await read();
    print(3, 'from standard output');
    await until(() => podOutput.length === 1);
    cluster.node.hangUp();
    print(2, 'stamped earlier', output('key', 'value'));
    await until(() => podOutput.length === 2);
    cluster.node.hangUp();
    print(4, 'last');
    await end();
    expect(await outputs).toEqual({ key: 'value' });
    expect(podOutput).toEqual(
      ['from standard output', 'stamped earlier', 'last'].map((l) => `container: ${l}`),
    );
  });

  it('of a pod that somebody deletes ends with an unknown outcome', async () => {
    const { outputs } = await read();
    print(1, output('key', 'value'));
    await cluster.client.delete(PODS, { name: 'job', namespace: 'app' }, { gracePeriodSeconds: 0 });
    cluster.node.hangUp();
    await expect(outputs).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: 'pods "job" not found',
    });
  });

  it('that may not be read fails with the API server’s own words', async () => {
    cluster.forbid.add('log');
    const { outputs } = await read();
    await expect(outputs).rejects.toThrow(/^Failed to fetch logs from the pod: pods is forbidden/);
  });

  it('of a container that never started is empty', async () => {
    await cluster.setStatus(pod, {
      phase: 'Failed',
      containerStatuses: [{ name: 'container', state: { waiting: { reason: 'ContainerCreating' } } }],
    });
    const { outputs } = await read();
    expect(await outputs).toEqual({});
  });

  it('is not read any longer when the phase is to end', async () => {
    const { outputs, abort } = await read();
    abort.abort(new Error('cancelled'));
    await expect(outputs).rejects.toThrow('cancelled');
  });
});

describe('a process that goes on with a pod after another one died', () => {
  it('arrives at the outputs of an uninterrupted run, without reading the journalled lines again', async () => {
    const first = await read(undefined, 200);
    print(1, output('early', '1'), 'text');
    await until(() => JSON.stringify(first.stored().checkpoints).includes('early'));
    print(2, 'unjournalled', output('late', '2'));
    first.abort.abort(new Error('killed'));

    const second = await read(first.stored());
    print(3, output('last', '3'));
    await end();
    expect(await second.outputs).toEqual({ early: '1', late: '2', last: '3' });
    expect(second.podOutput).toEqual(['container: unjournalled']);
  });

  it('fails when the log lost what came after the journalled line', async () => {
    const first = await read(undefined, 200);
    print(1, output('early', '1'));
    await until(() => JSON.stringify(first.stored().checkpoints).includes('early'));
    first.abort.abort(new Error('killed'));
    print(5, output('lost', '2'));
    print(7, 'x');
    cluster.node.rotate('job', 'container', 6);

    const second = await read(first.stored());
    await end();
    await expect(second.outputs).rejects.toMatchObject({ reason: 'LogGap' });
  });

  it('finds an output again that was too large for the journal, or fails when the log has lost it', async () => {
    const large = output('large', 'v'.repeat(20_000));
    const first = await read(undefined, 200);
    print(1, large, 'text', output('small', '1'));
    await until(() => JSON.stringify(first.stored().checkpoints).includes('unread'));
    print(2, 'more');
    first.abort.abort(new Error('killed'));
    const second = await read(first.stored());
    await until(() => second.podOutput.length === 2);
    second.abort.abort(new Error('killed'));
    expect(JSON.stringify(second.stored().checkpoints).length).toBeLessThan(16_384);

    cluster.node.rotate('job', 'container', 2);
    const third = await read(second.stored());
    await end();
    await expect(third.outputs).rejects.toMatchObject({ reason: 'LogGap' });
    expect(second.podOutput).toEqual(['container: text', 'container: more']);
  });

  it('fails when the log was rotated after its first line, be it but seconds later', async () => {
    const first = await read(undefined, 200);
    print(1, 'starting');
    await until(() => JSON.stringify(first.stored().checkpoints).includes('position'));
    first.abort.abort(new Error('killed'));
    print(2, output('lost', '1'));
    print(9, 'later');
    cluster.node.rotate('job', 'container', 9);

    const second = await read(first.stored());
    await end();
    await expect(second.outputs).rejects.toMatchObject({ reason: 'LogGap' });
  });

  it('reads large outputs again rather than keeping them in the journal', async () => {
    const value = 'v'.repeat(20_000);
    const first = await read(undefined, 200);
    print(1, output('small', '1'));
    await until(() => JSON.stringify(first.stored().checkpoints).includes('small'));
    print(2, output('large', value));
    await first.context.clock.sleep(100_000);
    expect(JSON.stringify(first.stored().checkpoints).length).toBeLessThan(16_384);
    first.abort.abort(new Error('killed'));

    const second = await read(first.stored());
    await end();
    expect(await second.outputs).toEqual({ small: '1', large: value });
  });
});
