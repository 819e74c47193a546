import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { watchActionSets } from '../operator/action-sets.ts';
import type { Place } from '../operator/place.ts';
import { pathOf } from '../operator/program.ts';
import type { Program } from '../operator/program.ts';
import { median } from '../suite.ts';
import type { Row } from '../suite.ts';
import { createActionSet, createBlueprint } from './function-actions.ts';
import { watchPods } from './watched-pods.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const LOGGED = 64 * MIB;
const ROUNDS = 3;
const POD = 'exec';

/** What an exec's output passes with, in a process whose memory is nobody else's; `startExecPod` comes first. */
export async function measureExec(place: Place): Promise<Row[]> {
  await startExecPod(place);
  const measured = [];
  for (let round = 0; round < ROUNDS; round += 1) measured.push(await read(place, SIZE));
  const speed = median(measured.map(({ bytes, seconds }) => bytes / 1e6 / seconds));
  const growth = Math.max(...measured.map(({ growth: own }) => own)) / MIB;
  return [
    {
      name: `output of an exec, ${SIZE / MIB} MiB, median of ${ROUNDS}`,
      value: speed,
      unit: 'MB/s',
      goal: { atLeast: 300 },
    },
    { name: 'what its reader’s memory grows by', value: growth, unit: 'MiB', goal: { atMost: 64 } },
  ];
}

/** KubeExec looks at every line, for outputs and for its log. */
export async function measureKubeExec(place: Place, operator: Program): Promise<Row[]> {
  const line = 'x'.repeat(99);
  await createBlueprint(place, 'exec', {
    func: 'KubeExec',
    args: {
      namespace: place.namespace,
      pod: POD,
      command: ['sh', '-c', `yes ${line} | head -c ${LOGGED}`],
    },
  });
  const before = await operator.peakMemory();
  const actionSets = await watchActionSets(place);
  try {
    const start = performance.now();
    await createActionSet(place, 'exec', 'logged');
    const seconds = ((await actionSets.reached('logged', 'complete')) - start) / 1000;
    return [
      {
        name: `KubeExec, which logs each line of 100 bytes, ${LOGGED / MIB} MiB`,
        value: LOGGED / 1e6 / seconds,
        unit: 'MB/s',
      },
      {
        name: 'what the operator’s peak memory grows by',
        value: (await operator.peakMemory()) - before,
        unit: 'MiB',
      },
    ];
  } finally {
    actionSets.stop();
  }
}

async function startExecPod(place: Place): Promise<void> {
  const { client, namespace } = place;
  const pods = await watchPods(place);
  try {
    await client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD, namespace },
      spec: { containers: [{ name: 'container', image: 'busybox:1.36', command: ['sleep', '3600'] }] },
    });
    await pods.reached(POD, 'Running');
  } finally {
    pods.stop();
  }
}

interface Measured {
  bytes: number;
  seconds: number;
  /** Bytes of resident memory. */
  growth: number;
}

async function read({ kubeconfig, namespace }: Place, size: number): Promise<Measured> {
  const argv = [pathOf('bench/functions/exec-reader.ts'), kubeconfig, namespace, POD, String(size)];
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', ...argv]);
  const measured: Measured = JSON.parse(stdout);
  if (measured.bytes !== size) throw new Error(`${measured.bytes} of ${size} bytes came`);
  return measured;
}
