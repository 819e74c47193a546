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
