import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
} from '../../test/pods/phase.ts';
import { Failure } from '../engine/failure.ts';
import { ExecFailed, ExecLost, type KubernetesClient } from '../kubernetes/client.ts';
import { PODS } from '../kubernetes/resources.ts';
import { runDetached, stopDetached } from './detached-command.ts';
import { FOLLOW, PLACE } from './detached-scripts.ts';
import type { Pod } from './pod.ts';

const PATH = process.env['PATH'] ?? '';
let folder: string;
let places: string;
let cluster: TestCluster;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'detached-'));
  places = join(folder, 'tmp');
  await mkdir(places);
  // Of the commands that the test's node runs.
  vi.stubEnv('TMPDIR', places);
  cluster = await createTestCluster();
  await cluster.client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db', namespace: 'app' },
    spec: { containers: [{ name: 'main', image: 'busybox' }] },
  });
  await cluster.run(await cluster.bind());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

const detached = (command: string[], options: Partial<PhaseOptions> = {}) => {
  const phase = createPhase({ client: cluster.client, ...options });
  const pod = { name: 'db', namespace: 'app' };
  const result = runDetached(phase.context, { pod, command }, { step: 'exec', room: 1_000 });
  result.catch(() => undefined);
  return { ...phase, result };
};
const sh = (script: string) => ['sh', '-c', script];
const output = (key: string, value: string) =>
  `echo '###Phase-output###: {"key":"${key}","value":"${value}"}'`;
const file = (name: string) => join(folder, name);
const text = (name: string) => readFile(file(name), 'utf8').catch(() => '');

/** Connections to followers break `breaks` times, in the middle of a line. */
const breaking = (breaks: number): { client: KubernetesClient; left: () => number } => {
  let left = breaks;
  const { exec } = cluster.client;
  const client: KubernetesClient = {
    ...cluster.client,
    exec(pod, options) {
      const { command, stdout } = options;
      if (command[2] !== FOLLOW || stdout === undefined || left === 0) return exec(pod, options);
      let room = 1_003 * left;
      left -= 1;
      const broken = Promise.withResolvers<never>();
      const through = new PassThrough();
      through.on('data', (chunk: Buffer) => {
        if (room > 0) stdout.write(chunk.subarray(0, room));
        room -= chunk.length;
        if (room <= 0) broken.reject(new ExecLost(new Error('ECONNRESET')));
      });
      return Promise.race([exec(pod, { ...options, stdout: through }), broken.promise]);
    },
  };
  return { client, left: () => left };
};

const PROGRAMS = ['mkdir', 'mv', 'cat', 'tail', 'sleep', 'rm'];

/** The container has these, and a shell. */
async function onlyPrograms(names: string[], shell = find('dash') ?? find('sh')): Promise<void> {
  const bin = file('bin');
  await mkdir(bin);
  await symlink(shell ?? '', join(bin, 'sh'));
  for (const name of names) await symlink(find(name) ?? '', join(bin, name));
  vi.stubEnv('PATH', bin);
}

/** In place of what the container says to the making of the directory, which is the first exec. */
const answering = (answer: () => { exitCode: number; stderr: string }): KubernetesClient => ({
  ...cluster.client,
  async exec(_pod, { stderr }) {
    const { exitCode, stderr: words } = answer();
    stderr?.write(Buffer.from(words));
    return { exitCode };
  },
});

describe('a detached command', () => {
  for (const shell of ['dash', 'bash', 'busybox']) {
    const program = find(shell);
    const title = `runs under ${shell} with no other programs than are documented`;
    it.skipIf(program === undefined)(
      `${title}${program === undefined ? `: needs ${shell}` : ''}`,
      async () => {
        await onlyPrograms(PROGRAMS, program);
        const { result, podOutput } = detached(sh(`echo hello; ${output('k', 'v')}; echo oh >&2`));
        expect(await result).toEqual({ k: 'v' });
        expect(podOutput.toSorted()).toEqual([
          ': ###Phase-output###: {"key":"k","value":"v"}',
          ': hello',
          ': oh',
        ]);
        expect(await readdir(places)).toEqual([]);
      },
    );
  }

  it('has one directory also where the answer to its making is lost, and none when the phase ends then', async () => {
    let losses = 1;
    const client: KubernetesClient = {
      ...cluster.client,
      async exec(pod, options) {
        const end = await cluster.client.exec(pod, options);
        if (options.command[2] === PLACE && losses-- > 0) throw new ExecLost(new Error('ECONNRESET'));
        return end;
      },
    };
    expect(await detached(sh(output('k', 'v')), { client }).result).toEqual({ k: 'v' });
    expect(losses).toBe(-1);
    expect(await readdir(places)).toEqual([]);

    losses = Infinity;
    const { result, abort, context, stored } = detached(sh('true'), { client });
    await expect.poll(() => readdir(places)).toHaveLength(1);
    abort.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow('cancelled');
    const { 'exec-place': outside = null } = stored().outside ?? {};
    await stopDetached(outside, { ...context, signal: new AbortController().signal });
    expect(await readdir(places)).toEqual([]);
  });

  it('is a program, never a builtin of the shell, and gets its arguments as they are', async () => {
    await expect(detached(['exit', '3']).result).rejects.toMatchObject({
      reason: 'CommandFailed',
      details: { pod: { exitCode: 127 } },
    });
    const words = ['a b', "it's", '$HOME', '*', '', 'line\nline'];
    await detached(['sh', '-c', 'for w; do printf "%s|" "$w"; done >"$0"', file('words'), ...words]).result;
    expect(await text('words')).toBe(words.map((word) => `${word}|`).join(''));
  });

  it('that fails gives its exit code and its last lines, and leaves nothing in the container', async () => {
    const { result } = detached(sh('echo out; echo err >&2; exit 5'));
    await expect(result).rejects.toMatchObject({
      reason: 'CommandFailed',
      message:
        'Failed to exec command in pod: command terminated with exit code 5.\nstdout: out\nstderr: err',
    });
    expect(await readdir(places)).toEqual([]);
  });

  it('that is killed ends with 137', async () => {
    await expect(detached(sh('kill -9 $$')).result).rejects.toThrow('exit code 137');
  });

  it('loses nothing and repeats nothing of its output when connections break in the middle', async () => {
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index}`);
    const value = 'v'.repeat(100_000);
    const script = `i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); done; printf '\\377\\000\\n' >&2; cat "$0"`;
    await writeFile(file('long'), `###Phase-output###: {"key":"long","value":"${value}"}\n`);
    const { client, left } = breaking(4);
    const { result, podOutput } = detached([...sh(script), file('long')], { client });
    expect(await result).toEqual({ long: value });
    expect(left()).toBe(0);
    expect(podOutput.filter((line) => line.startsWith(': line'))).toEqual(lines.map((line) => `: ${line}`));
  });

  it('is stopped with its whole process group, after it had time to put things away; also a second time', async () => {
    const { result, abort, context, stored } = detached(
      sh(`trap 'echo bye >"$0"; exit 1' TERM; sleep 300 & echo $! >"$0.child"; wait`).concat(file('said')),
    );
    await expect.poll(() => text('said.child')).not.toBe('');
    abort.abort(new Failure('Cancelled', 'Cancelled: enough'));
    await expect(result).rejects.toThrow('Cancelled: enough');
    const { exec: outside = null } = stored().outside ?? {};
    const { signal } = new AbortController();
    await stopDetached(outside, { ...context, signal });
    expect(await text('said')).toBe('bye\n');
    const child = Number(await text('said.child'));
    await expect.poll(() => isRunning(child), { timeout: 10_000 }).toBe(false);
    expect(await readdir(places)).toEqual([]);
    await stopDetached(outside, { ...context, signal });
    await cluster.client.delete(PODS, { name: 'db', namespace: 'app' }, { gracePeriodSeconds: 0 });
    await stopDetached(outside, { ...context, signal });
  });

  it.each([['mv'], ['cat'], ['mkdir'], ['tail', 'sleep', 'rm']])(
    'is not begun where the container lacks %s',
    async (...missing) => {
      const present = PROGRAMS.filter((name) => !missing.includes(name));
      await onlyPrograms(present);
      await expect(detached(sh(`echo ran >${file('ran')}`)).result).rejects.toMatchObject({
        reason: 'ProgramsMissing',
        message: `Failed to exec command in pod: \`detached: true\` needs sh, mkdir, mv, cat, tail, sleep, rm, /proc in the container, and does not find ${missing.join(', ')}.\nstdout: \nstderr: `,
        details: { pod: { name: 'db' }, hint: expect.stringContaining('without `detached`') },
      });
      expect(await text('ran')).toBe('');
      expect(await readdir(places)).toEqual([]);
    },
  );

  it('is not begun where the container has no shell, in whichever words its runtime tells of it', async () => {
    const runc =
      'Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "1": OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown';
    const crun = 'ERRO executable file `sh` not found in $PATH: No such file or directory';
    const status = { kind: 'Status', reason: 'InternalError', message: runc } as const;
    const clients = [
      answering(() => {
        throw new ExecFailed(500, status);
      }),
      answering(() => ({ exitCode: 127, stderr: crun })),
    ];
    for (const [index, client] of clients.entries()) {
      await expect(detached(sh('true'), { client }).result).rejects.toMatchObject({
        reason: 'ProgramsMissing',
        message: expect.stringContaining(`does not find sh (${[runc, crun][index]})`),
      });
    }
  });

  it('is not begun when its preparation is killed', async () => {
    const client = answering(() => ({ exitCode: 137, stderr: '' }));
    await expect(detached(sh('true'), { client }).result).rejects.toMatchObject({
      reason: 'ExecRefused',
      message: expect.stringContaining('was not begun: its preparation ended with exit code 137'),
    });
  });

  it('is not begun where nothing can be written', async () => {
    vi.stubEnv('TMPDIR', file('nowhere'));
    await expect(detached(sh(`echo ran >${file('ran')}`)).result).rejects.toMatchObject({
      reason: 'NoWritableDirectory',
      details: { hint: expect.stringContaining('emptyDir') },
    });
    expect(await text('ran')).toBe('');
  });
});

describe('a detached command whose operator ends', () => {
  /** Begins it, and lets the process stop once the command has written `begun`. */
  const interrupted = async (script: string) => {
    const first = detached(sh(`echo begun >>${file('begun')}; ${script}`));
    await expect.poll(() => text('begun')).toBe('begun\n');
    first.abort.abort(new Error('the operator stops'));
    await first.result.catch(() => undefined);
    return first.stored();
  };
  const again = sh('echo begun again');

  it('goes on, and is read from its start by the next operator', async () => {
    const journal = await interrupted(
      `echo early; until [ -f ${file('go')} ]; do sleep 0.05; done; ${output('k', 'v')}`,
    );
    await writeFile(file('go'), '');
    const { result, podOutput } = detached(again, { journal });
    expect(await result).toEqual({ k: 'v' });
    expect(podOutput[0]).toBe(': early');
    expect(await text('begun')).toBe('begun\n');
  });

  it('is not begun again when its container was started anew meanwhile', async () => {
    const journal = await interrupted('true');
    await rm(places, { recursive: true });
    await expect(detached(again, { journal }).result).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: expect.stringContaining('is gone, as after a restart of the container'),
    });
  });

  it('is not taken for another process that has its number', async () => {
    const journal = await interrupted(`until [ -f ${file('go')} ]; do sleep 0.05; done`);
    await writeFile(file('go'), '');
    const [place = ''] = await readdir(places);
    await expect.poll(() => text(`tmp/${place}/exit`)).toBe('0\n');
    // As in a container that was killed and whose /tmp is a volume.
    await rm(file(`tmp/${place}/exit`));
    await writeFile(file(`tmp/${place}/pid`), `${process.pid} ${process.pid} 1\n`);
    await expect(detached(again, { journal }).result).rejects.toThrow('its supervisor was killed');
  });

  it('gives its outputs once more after they were stored, and reads those again that the journal had no room for', async () => {
    const first = detached(sh(output('k', 'v')));
    await first.result;
    await first.context.checkpoints.write('another action of the ActionSet', true);
    expect(await detached(again, { journal: first.stored() }).result).toEqual({ k: 'v' });

    const large = detached(sh(output('large', 'v'.repeat(2_000))), {
      client: {
        ...cluster.client,
        // The operator ends before the directory is removed.
        exec: (pod, options) =>
          options.command[0] === 'rm'
            ? new Promise<never>(() => undefined)
            : cluster.client.exec(pod, options),
      },
    });
    await expect.poll(() => large.stored().steps['exec']).toEqual({ result: { bytes: 2_012 } });
    const { result } = detached(again, { journal: large.stored() });
    expect(await result).toEqual({ large: 'v'.repeat(2_000) });
  });

  it('tells of its failure once more', async () => {
    const first = detached(sh('echo secret; exit 5'));
    await first.result.catch(() => undefined);
    await first.context.checkpoints.write('another action of the ActionSet', true);
    await expect(detached(again, { journal: first.stored() }).result).rejects.toMatchObject({
      reason: 'CommandFailed',
      message: expect.stringContaining('exit code 5 (before the operator was interrupted'),
    });
    expect(JSON.stringify(first.stored())).not.toContain('secret');
  });
});

function find(program: string): string | undefined {
  return PATH.split(delimiter)
    .map((path) => join(path, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Not one that has ended, and that its new parent has not looked at yet. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/^\d+ \(.*\) Z /s.test(stat);
}
