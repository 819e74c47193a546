import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';

let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kanctl-validate-'));
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

async function validate(resource: string, manifest: string, ...flags: string[]) {
  const file = join(folder, 'manifest.yaml');
  await writeFile(file, manifest);
  return await cluster.kanctl(['validate', resource, '-f', file, ...flags]);
}

describe('kanctl validate blueprint', () => {
  it('reports every mistake with what was probably meant, the first as its error', async () => {
    const { code, stdout, stderr } = await validate(
      'blueprint',
      `
actions:
  backup:
    phases:
    - {func: KubeTsak, name: one, args: {image: busybox, command: ['true']}}
  restore:
    phases:
    - {func: KubeTask, name: two, args: {image: busybox, comand: ['true']}}
`,
    );
    expect(code).toBe(1);
    expect(stdout).toBe(
      "Failed the 'validation of action backup' check.. ❌\n" +
        "Failed the 'validation of phase two in action restore' check.. ❌\n",
    );
    expect(stderr).toBe(
      'Error: Failed to validate action backup: Requested function {KubeTsak} has not been registered\n' +
        'Hint: Did you mean KubeTask?\n' +
        'Error: Failed to validate phase two in action restore: argument comand is not supported\n' +
        'Hint: Did you mean command?\n',
    );
  });

  it('warns of fields that the API server would drop', async () => {
    const { code, stderr } = await validate('blueprint', 'actions: {backup: {phasez: []}}');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Warning: unknown field "actions.backup.phasez" is ignored\n',
    });
  });

  it('says which field is of the wrong type', async () => {
    const { code, stderr } = await validate('blueprint', 'actions: {backup: {phases: {func: KubeTask}}}');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: actions.backup.phases: expected array, found object\n',
    });
  });

  it('says that an empty file is empty', async () => {
    expect((await validate('blueprint', '')).stderr).toBe('Error: EOF: the file holds no object\n');
  });

  it('says which functions were checked in another version', async () => {
    const blueprint = 'actions: {a: {phases: [{func: KubeTask, name: p, args: {image: i, command: [c]}}]}}';
    const { code, stderr } = await validate('blueprint', blueprint, '-v', 'v9.9.9');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'KubeTask has no version v9.9.9: checked as v0.0.0\n',
    });
  });
});

describe('kanctl validate blueprint, of what phases can have here', () => {
  const blueprint = (options: string) =>
    `actions: {a: {phases: [{func: KubeTask, name: p, args: {image: i, command: [c]}, ${options}}]}}`;

  it('names the option that is wrong, after what the original says', async () => {
    const { code, stdout, stderr } = await validate(
      'blueprint',
      blueprint(`timeout: '5', if: '{{ eqq .Options.x }}'`),
    );
    expect(code).toBe(1);
    expect(stdout).toBe(
      "Passed the 'validation of phase p in action a' check.. ✅\n" +
        "Failed the 'validation of actions.a.phases[0].timeout' check.. ❌\n" +
        "Failed the 'validation of actions.a.phases[0].if' check.. ❌\n",
    );
    expect(stderr).toBe(
      'Error: Failed to validate actions.a.phases[0].timeout: time: missing unit in duration "5": Validation Failed\n' +
        'Hint: Give a time such as 90s, 30m or 1h30m.\n' +
        'Error: Failed to validate actions.a.phases[0].if: template: config:1: function "eqq" not defined\n' +
        'Hint: Did you mean eq?\n',
    );
  });

  it('reads on without quotes, which YAML takes for a boolean', async () => {
    const read = await validate('blueprint', blueprint('retry: {attempts: 2, on: [OOMKilled]}'));
    expect(read).toMatchObject({ code: 0, stderr: '' });
    const { stderr } = await validate('blueprint', blueprint('retry: {attempts: 2, on: [pod failed]}'));
    expect(stderr).toContain('"pod failed" is no reason of a failure');
  });

  it('takes a field without a value for one that is not there', async () => {
    const { code, stderr } = await validate(
      'blueprint',
      blueprint('if: , timeout: , onInterrupted: , retry: {attempts: 2, "on": , backoff: }'),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('warns of what is allowed and means nothing', async () => {
    const { code, stderr } = await validate('blueprint', blueprint('retry: {"on": [pod failed, OOMKilled]}'));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'Warning: actions.a.phases[0].retry has no effect: give attempts, the number in all, to run phase p again\n' +
        'Warning: actions.a.phases[0].retry.on: "pod failed" is no reason of a failure, which is one word such as PodFailed\n',
    });
  });
});

describe('kanctl validate actionset', () => {
  it('reports everything that is wrong, and needs no cluster', async () => {
    const manifest = `
kind: ActionSet
spec:
  actions:
  - {name: one, blueprint: b, object: {kind: Deployment, name: x}, needs: [two], timeout: 1x}
`;
    const { code, stdout, stderr } = await validate('actionset', manifest);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: "Failed the 'validation of ActionSet' check.. ❌\n",
    });
    expect(stderr.split('\n').filter((line) => line.startsWith('Error: '))).toEqual([
      'Error: time: unknown unit "x" in duration "1x": Validation Failed',
      'Error: action one needs "two", which is no other action of the ActionSet: Validation Failed',
    ]);
  });

  it('passes one that is right', async () => {
    const manifest =
      'spec: {executionMode: , actions: [{name: a, blueprint: b, object: {kind: namespace, name: x}, needs: , timeout: }]}';
    expect(await validate('actionset', manifest)).toEqual({
      code: 0,
      stdout: "Passed the 'validation of ActionSet' check.. ✅\n",
      stderr: '',
    });
  });

  it('takes a file only, of an ActionSet', async () => {
    expect((await validate('actionset', 'kind: Profile')).stderr).toBe(
      'Error: expected an ActionSet, found an object of kind Profile\n',
    );
    expect((await cluster.kanctl(['validate', 'actionset', '--name', 'x'])).stderr).toBe(
      'Error: --name is not supported for actionset resources, please specify actionset manifest using -f.\n',
    );
  });
});

describe('kanctl validate profile', () => {
  const profile = `
location: {type: s3Compliant, bucket: b, region: r, endpoint: "http://127.0.0.1:9"}
credential: {type: keyPair, keyPair: {idField: a, secretField: b, secret: {name: s, namespace: default}}}
`;

  it('reads a manifest from the standard input', async () => {
    const argv = ['validate', 'profile', '-f', '-', '--schema-validation-only'];
    const { code, stdout } = await cluster.kanctl(argv, { stdin: profile });
    expect({ code, lines: stdout.split('\n') }).toEqual({
      code: 0,
      lines: [
        "Passed the 'Validate Profile schema' check.. ✅",
        "Skipping the 'Validate bucket region specified in profile' check.. 🚫",
        "Skipping the 'Validate read access to bucket specified in profile' check.. 🚫",
        "Skipping the 'Validate write access to bucket specified in profile' check.. 🚫",
        'All checks passed.. ✅',
        '',
        '',
      ],
    });
  });

  it('says that the Secret of a Profile is missing', async () => {
    const { code, stdout, stderr } = await validate('profile', profile);
    expect(code).toBe(1);
    expect(stdout).toContain("Failed the 'Validate bucket region specified in profile' check.. ❌\n");
    expect(stderr).toBe('Error: Could not fetch the secret specified in credential: secrets "s" not found\n');
  });

  it('says which field is wrong and what to do', async () => {
    const { stderr } = await validate(
      'profile',
      'location: {type: gcs}\ncredential: {type: secret, secret: {name: s}}',
    );
    expect(stderr).toBe(
      'Error: Secret namespace is empty: Validation Failed\nHint: Give credential.secret.namespace.\n',
    );
  });
});
