import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeArguments } from '../../src/engine/arguments.ts';
import { kubeExec } from '../../src/functions/kube-exec.ts';
import { kubeTask } from '../../src/functions/kube-task.ts';
import { scaleWorkload } from '../../src/functions/scale-workload.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createPhase } from './phase.ts';

let folder: string;
let sandbox: Sandbox;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-'));
  sandbox = await startSandbox({ folder, objectStore: false });
}, 60_000);
afterAll(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const phase = (more: Partial<Parameters<typeof createPhase>[0]> = {}) =>
  createPhase({ client: sandbox.client, clock: systemClock, ...more });

describe('with real processes', () => {
  it('KubeTask gives the outputs of its command', async () => {
    const script = 'echo start; echo \'###Phase-output###: {"key":"k","value":"v"}\'; sleep 1; echo end >&2';
    const args = decodeArguments(kubeTask.args, {
      namespace: 'default',
      image: 'busybox',
      command: ['sh', '-c', script],
    });
    const { context, podOutput } = phase();
    expect(await kubeTask.run(args, context)).toEqual({ k: 'v' });
    expect(podOutput).toEqual(['container: start', 'container: end']);
  });

  it('KubeTask fails with exit code and last lines of its command', async () => {
    const args = decodeArguments(kubeTask.args, {
      namespace: 'default',
      image: 'busybox',
      command: ['sh', '-c', 'echo no such database >&2; exit 3'],
    });
    await expect(kubeTask.run(args, phase({ name: 'failing' }).context)).rejects.toMatchObject({
      reason: 'PodFailed',
      details: { pod: { exitCode: 3, logTail: 'no such database' } },
    });
  });

  it('ScaleWorkload takes a Deployment down, waits for its pods, and brings it back; KubeExec runs in one of them', async () => {
    const labels = { app: 'web' };
    await sandbox.client.create<KubernetesObject & { spec: object }>(DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: 'main', image: 'busybox', command: ['sleep', '3600'] }],
            terminationGracePeriodSeconds: 1,
          },
        },
      },
    });
    const web = { namespace: 'default', name: 'web', kind: 'deployment' };
    const scale = (replicas: number) =>
      scaleWorkload.run(decodeArguments(scaleWorkload.args, { ...web, replicas }), phase().context);
    const pods = async () =>
      (await sandbox.client.list<Pod>(PODS, { namespace: 'default', labelSelector: 'app=web' })).items;

    expect(await scale(2)).toEqual({ originalReplicaCount: 1 });
    const running = await pods();
    expect(running.map(({ status }) => status?.phase)).toEqual(['Running', 'Running']);
    const exec = {
      namespace: 'default',
      pod: running[0]?.metadata.name ?? '',
      command: ['sh', '-c', 'echo hi; exit 7'],
    };
    await expect(kubeExec.run(decodeArguments(kubeExec.args, exec), phase().context)).rejects.toThrow(
      'Failed to exec command in pod: command terminated with exit code 7.\nstdout: hi\nstderr: ',
    );
    expect(await scale(0)).toEqual({ originalReplicaCount: 2 });
    expect(await pods()).toEqual([]);
  });
});
