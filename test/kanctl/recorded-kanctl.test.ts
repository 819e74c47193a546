import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTION_SETS, BLUEPRINTS, PROFILES } from '../../src/api/kanister/types.ts';
import { any, object as objectArgument, string } from '../../src/engine/arguments.ts';
import { defineFunction } from '../../src/engine/function.ts';
import { functions } from '../../src/functions/index.ts';
import { parseYamlDocuments } from '../../src/kubernetes/yaml.ts';
import type { KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  SECRETS,
  STATEFUL_SETS,
} from '../../src/kubernetes/resources.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { startS3Server, type S3Server } from '../../src/sandbox/s3/server.ts';
import { startCluster, type Cluster } from './cluster.ts';

/** Made by test/golden/make-cli.ts from Kanister 0.114.0's kanctl on Kubernetes 1.34.1. */
interface Recording {
  commands: RecordedCommand[];
  files: Record<string, string>;
  objects: KubernetesObject[];
}
interface RecordedCommand {
  argv: string[];
  env?: Record<string, string>;
  rc: number;
  stdout: string;
  error: string;
  showsUsage: boolean;
}

const recording = JSON.parse(
  await readFile(new URL('../golden/kanctl.json', import.meta.url), 'utf8'),
) as Recording;

/** Where we differ: the command line, what is expected in place of the recorded answer, and why. */
const DEVIATIONS: {
  argv: RegExp;
  expected: Partial<RecordedCommand>;
  stdout: 'any' | 'more' | 'same';
  reason: string;
}[] = [
  {
    argv: /^create repository-server -n kt$/,
    expected: { rc: 0, error: '', showsUsage: true },
    stdout: 'any',
    reason:
      'RepositoryServers are not offered (Kanister dropped them after 0.119): the help of `create` is shown',
  },
  {
    argv: /^create repository-server .*-a/,
    expected: { rc: 1, error: "unknown shorthand flag: 'a' in -a", showsUsage: true },
    stdout: 'any',
    reason: 'RepositoryServers are not offered',
  },
  {
    argv: /--repository-server/,
    expected: { rc: 1, error: 'unknown flag: --repository-server', showsUsage: true },
    stdout: 'any',
    reason: 'RepositoryServers are not offered',
  },
  {
    argv: /^validate repository-server-secrets/,
    expected: { error: 'resource repository-server-secrets is not supported for validate subcommand' },
    stdout: 'same',
    reason: 'RepositoryServers are not offered',
  },
  {
    argv: /^validate actionset -f good-bp\.yaml/,
    expected: { error: 'expected an ActionSet, found an object of kind Blueprint' },
    stdout: 'same',
    reason: 'ActionSets can be validated, too',
  },
  {
    argv: /--options a=b=c/,
    expected: { rc: 0, error: '', showsUsage: false },
    stdout: 'any',
    reason: 'values of options may hold equals signs',
  },
  {
    argv: /--selector app=x (--selector-namespace kt-app )?--dry-run/,
    expected: { rc: 0, error: '', showsUsage: false },
    stdout: 'any',
    reason: 'kind `all` leaves DeploymentConfigs out where the cluster has none',
  },
  {
    argv: /--from parent .*--dry-run$/,
    expected: {},
    stdout: 'any',
    reason:
      'podOverride, podLabels, podAnnotations and preferredVersion are inherited, too (see create-actionset.test.ts)',
  },
  {
    argv: /^validate profile -f profile-badtype/,
    expected: { error: "unknown or unsupported location type 'ftp': Validation Failed" },
    stdout: 'same',
    reason: 'placeholders are filled in',
  },
  {
    argv: /^validate profile -f profile-badfield/,
    expected: { error: "Key 'nosuchfield' not found in secret 'kt:s3-cred': Validation Failed" },
    stdout: 'same',
    reason: 'placeholders are filled in',
  },
  {
    argv: /^validate blueprint -f bad-/,
    expected: {},
    stdout: 'more',
    reason: 'checking goes on after the first mistake',
  },
];

let cluster: Cluster;
let store: S3Server;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kanctl-recorded-'));
  store = await startS3Server({
    folder: join(folder, 's3'),
    credentials: [{ accessKeyId: 'AKIDGOLDEN', secretAccessKey: 'goldensecret' }],
  });
  await store.ensureBucket('golden');
  for (const [name, content] of Object.entries(recording.files)) {
    await writeFile(join(folder, name), here(content));
  }
  cluster = await startCluster();
  for (const object of JSON.parse(here(JSON.stringify(recording.objects))) as KubernetesObject[]) {
    const type = TYPES[object.kind ?? ''];
    if (!type) throw new Error(`${object.kind} is not among the types of this test`);
    await cluster.create(type, object);
  }
});

afterAll(async () => {
  await cluster?.stop();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

const TYPES: Record<string, ResourceType> = {
  Namespace: NAMESPACES,
  Secret: SECRETS,
  ConfigMap: CONFIG_MAPS,
  PersistentVolumeClaim: PERSISTENT_VOLUME_CLAIMS,
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  Profile: PROFILES,
  Blueprint: BLUEPRINTS,
  ActionSet: ACTION_SETS,
};

/** KubeOps as the recordings' Blueprint uses it. */
const kubeOps = defineFunction({
  name: 'KubeOps',
  args: {
    operation: string({ required: true, doc: 'create, delete or patch' }),
    objectReference: objectArgument({ doc: 'the object' }),
    spec: any({ doc: 'its manifest' }),
    namespace: string({ doc: 'its namespace' }),
  },
  outputs: {},
  permissions: [],
  revision: 1,
  run: () => Promise.reject(new Error('only validated here')),
});
const allFunctions = functions.some(({ name }) => name === 'KubeOps') ? functions : [...functions, kubeOps];

/** The store of the recordings is ours here. */
const here = (text: string) => text.replaceAll('http://198.51.100.1:7070', store.endpoint);

describe('kanctl answers as the original was recorded to', () => {
  it.each(recording.commands.map((command) => ({ command, line: command.argv.join(' ') })))(
    'kanctl $line',
    async ({ command, line }) => {
      const deviation = DEVIATIONS.find(({ argv }) => argv.test(line));
      const expected = { ...command, ...deviation?.expected };
      const { code, stdout, stderr } = await run(command);
      const [error = ''] = /^Error: (.*?)(?=\n|$)/ms.exec(stderr)?.slice(1) ?? [];
      expect({ rc: code, error: stem(error) }).toEqual({
        rc: expected.rc,
        error: stem(inFolder(expected.error)),
      });
      expect(`${stdout}\n${stderr}`.includes('\nUsage:\n')).toBe(expected.showsUsage);
      if (deviation?.stdout === 'any' || stdout.includes('\nUsage:\n')) return;
      const printed = comparable(stdout);
      const recorded = comparable(command.stdout);
      const more = deviation?.stdout === 'more' ? printed.filter((each) => !recorded.includes(each)) : [];
      expect(printed.filter((each) => !more.includes(each))).toEqual(recorded);
    },
  );

  it('differs only where a reason is written down for a recorded command', () => {
    const unused = DEVIATIONS.filter(
      ({ argv }) => !recording.commands.some((command) => argv.test(command.argv.join(' '))),
    );
    expect(unused).toEqual([]);
  });
});

async function run(command: RecordedCommand) {
  const argv = command.argv.map((argument) =>
    here(/^[\w-]+\.(yaml|json)$/.test(argument) ? join(folder, argument) : argument),
  );
  return await cluster.kanctl(argv, {
    functions: allFunctions,
    ...(command.env && {
      connect: async () => {
        await loadKubeConfig({ env: { KUBECONFIG: join(folder, 'nosuch.conf') }, clock: systemClock });
        throw new Error('there is a cluster configuration');
      },
    }),
  });
}

/** The store's own words for a wrong key differ between stores and SDKs; what is before them, and the code, don't. */
const stem = (error: string) =>
  error.replace(/(failed to get bucket golden: ).*(SignatureDoesNotMatch).*/s, '$1$2');

const inFolder = (error: string) =>
  error.replace(/^open (\S+):/, (_, file: string) => `open ${join(folder, file)}:`);

/** YAML as data, with generated names and the random order of the original out of the way. */
function comparable(stdout: string): unknown[] {
  const text = stdout
    .replaceAll(
      /\b((?:backup|restore|nosuch)(?:-parent)?)-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|XXXXX)\b/g,
      '$1-*',
    )
    .replaceAll(/\b((?:s3|gcp|azure)-(?:secret|profile))-(?:[a-z0-9]{5,6}|XXXXX)\b/g, '$1-*')
    .replace(/^Warning: Neither --profile.*\nAction might fail.*\n/m, '');
  if (!text.startsWith('apiVersion:')) return text.split('\n').toSorted();
  return parseYamlDocuments(text).map((document) => sortedActions(document));
}

function sortedActions(document: unknown): unknown {
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) => {
      if (key === 'actions' && Array.isArray(value)) {
        return value.map((action) => JSON.stringify(sortedKeys(action)).replaceAll('/"', '"')).toSorted();
      }
      return value;
    }),
  );
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sortedKeys(child)]),
  );
}
