import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster.stop());

const firstLines = (text: string, count: number) => text.split('\n').slice(0, count);

describe('kanctl as a command line', () => {
  it('shows its help for nothing, help, --help and a group, on stdout', async () => {
    for (const argv of [[], ['help'], ['--help'], ['-h']]) {
      const { code, stdout, stderr } = await cluster.kanctl(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('\nUsage:\n  kanctl [command]\n');
    }
    const { stdout } = await cluster.kanctl(['help', 'create', 'profile', 's3compliant']);
    expect(stdout).toBe((await cluster.kanctl(['create', 'profile', 's3compliant', '--help'])).stdout);
    expect(stdout).toMatch(/^ {2}-a, --access-key string +access key$/m);
    expect(stdout.match(/--namespace string/g)).toHaveLength(1);
  });

  it('says what version it is in the original’s form', async () => {
    for (const flag of ['-v', '--version']) {
      expect((await cluster.kanctl([flag])).stdout).toMatch(
        /^kanctl version \{"version": "[^"]+", "gitCommit": "[^"]+", "buildDate": "[^"]+"\}\n$/,
      );
    }
  });

  it('suggests a command for one that does not exist', async () => {
    const { code, stderr } = await cluster.kanctl(['vaildate']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'Error: unknown command "vaildate" for "kanctl"\n\nDid you mean this?\n\tvalidate\n\nRun \'kanctl --help\' for usage.\n',
    });
    expect((await cluster.kanctl(['help', 'creat'])).stderr).toContain(
      'unknown command "creat" for "kanctl"',
    );
  });

  it.each([
    [['create', 'actionset', '--foo=1'], 'unknown flag: --foo'],
    [['create', 'actionset', '-Zx'], "unknown shorthand flag: 'Z' in -Zx"],
    [['create', 'actionset', '-a'], 'flag needs an argument: --action'],
    [['help', '--foo'], 'unknown flag: --foo'],
    [['watch', 'actionset'], 'accepts 1 arg(s), received 0'],
    [['get', 'actionset', '-o', 'xml'], 'unknown output format "xml": expected wide, json or yaml'],
  ])('shows the usage for the mistake in %j', async (argv, message) => {
    const { code, stdout, stderr } = await cluster.kanctl(argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(firstLines(stderr, 2)).toEqual([`Error: ${message}`, 'Usage:']);
  });

  it('refuses a boolean flag with a value that is none', async () => {
    const { code, stderr } = await cluster.kanctl(['create', 'actionset', '--dry-run=maybe']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'Error: invalid argument "maybe" for "--dry-run" flag: strconv.ParseBool: parsing "maybe": invalid syntax\n',
    });
  });

  it('takes global flags before and after the command, the later ones winning', async () => {
    const empty = async (...argv: string[]) => (await cluster.kanctl(argv)).stderr;
    expect(await empty('-n', 'one', 'get', 'actionset')).toBe('No ActionSets found in one namespace.\n');
    expect(await empty('get', '--namespace=two', 'actionset')).toBe(
      'No ActionSets found in two namespace.\n',
    );
    expect(await empty('-n', 'one', 'get', 'actionset', '-n=three')).toBe(
      'No ActionSets found in three namespace.\n',
    );
  });

  it('adds a line for programs to an error with --verbose', async () => {
    const { stderr } = await cluster.kanctl(['watch', 'actionset', 'missing', '--verbose']);
    const [log = '', error] = stderr.split('\n');
    expect(JSON.parse(log)).toMatchObject({ level: 'error', msg: 'Kanctl failed to execute' });
    expect(error).toBe('Error: actionsets.cr.kanister.io "missing" not found');
  });
});
