import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteLocation } from '../objectstore/delete-location.ts';
import type { ObjectStore } from '../objectstore/object-store.ts';
import { openS3 } from '../objectstore/s3.ts';
import { startS3Server } from '../sandbox/s3/server.ts';
import type { S3Server } from '../sandbox/s3/server.ts';

const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'do-not-show-this' };
const main = fileURLToPath(new URL('../../dist/kando.js', import.meta.url));
let folder: string;
let server: S3Server;
let store: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kando-'));
  server = await startS3Server({ folder: join(folder, 'store'), credentials: [credentials] });
  await server.ensureBucket('bucket');
  store = await openS3({
    bucket: 'bucket',
    endpoint: server.endpoint,
    region: '',
    credentials,
    skipSslVerify: false,
  });
});

afterAll(async () => {
  store.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const profile = (location: object = {}) =>
  JSON.stringify({
    Location: {
      type: 's3Compliant',
      bucket: 'bucket',
      endpoint: server.endpoint,
      prefix: 'p',
      region: '',
      ...location,
    },
    Credential: {
      Type: 'keyPair',
      KeyPair: { ID: credentials.accessKeyId, Secret: credentials.secretAccessKey },
    },
  });

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs kando through a shell line, as Blueprints do: `kando` there is the program. */
async function shell(line: string, env: Record<string, string> = {}): Promise<Outcome> {
  const script = `kando() { "$NODE" "$MAIN" "$@"; }\n${line}`;
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', NODE: process.execPath, MAIN: main, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = await once(child, 'close');
  expect(stdout + stderr).not.toContain(credentials.secretAccessKey);
  return { status, stdout, stderr };
}

const withProfile = (line: string, location?: object) => shell(line, { KANDO_PROFILE: profile(location) });

async function content(key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.get(key)).body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe('kando', () => {
  it('shows help and version on stdout', async () => {
    expect(await shell('kando')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('location'),
    });
    expect(await shell('kando location push --help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('--profile-file'),
    });
    const { stdout } = await shell('kando --version');
    expect(stdout).toMatch(
      /^kando version \{"version": "[^"]+", "gitCommit": "[^"]+", "buildDate": "[^"]+"\}\n$/,
    );
  });

  it.each([
    ['kando bogus', 'unknown command "bogus" for "kando"'],
    ['kando output', 'Command accepts 2 arguments, received 0 arguments'],
    ['kando output k v x', 'Command accepts 2 arguments, received 3 arguments'],
    ['kando output "" v', 'Key should not be empty'],
    ['kando output a.b v', 'Key should contain only alphanumeric characters and underscore'],
    ['kando output -v loud k v', 'Invalid log level: loud'],
    ['kando location push', 'accepts 1 arg(s), received 0'],
    ['kando location push --nope -', 'unknown flag: --nope'],
    ['kando location push -x -', "unknown shorthand flag: 'x' in -x"],
    ['kando location push - --path', 'flag needs an argument: --path'],
    ['kando location pull - --repository-server {}', 'unknown flag: --repository-server'],
    [
      'kando location delete',
      'Please provide either --profile or --profile-file, or KANDO_PROFILE in the environment, with the Profile of the object store',
    ],
    ['kando location push - --profile "{"', 'failed to unmarshal profile: unexpected end of JSON input'],
    [
      'kando location push - --profile "{}" </dev/null',
      'Stdin must be piped when the source parameter is "-"',
    ],
    ['echo x | kando location push - --profile "{}"', 'Unsupported Location type: '],
    ['kando location push nosuchfile --profile "{}"', 'open nosuchfile: no such file or directory'],
    ['kando location push /tmp --profile "{}"', 'read /tmp: is a directory'],
    ['kando location pull /no/such/dir/f --profile "{}"', 'open /no/such/dir/f: no such file or directory'],
    [
      'kando location pull - --profile-file nosuch',
      'failed to read the profile: open nosuch: no such file or directory',
    ],
    [
      'kando location pull - --profile "{\\"SkipSSLVerify\\":1}"',
      'failed to unmarshal profile: json: cannot unmarshal number into Go struct field Profile.SkipSSLVerify of type bool',
    ],
  ])('%s: exits with 69, the reason on the last line', async (line, message) => {
    const { status, stdout, stderr } = await shell(line);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`Error: ${message}`.trimEnd());
    expect({ status, stdout }).toEqual({ status: 69, stdout: '' });
  });

  it('prints phase outputs, also of values that look like flags', async () => {
    const { status, stdout } = await shell(`kando output -v debug k '<b>' && kando output k -- -v`);
    expect(status).toBe(0);
    expect(stdout).toBe(
      String.raw`###Phase-output###: {"key":"k","value":"\u003cb\u003e"}` +
        '\n###Phase-output###: {"key":"k","value":"-v"}\n',
    );
  });

  it('takes the Profile from a flag, a file or the environment, and from one of them only', async () => {
    await writeFile(join(folder, 'profile.json'), profile());
    expect(await shell('echo 1 | kando location push -s flag -p "$P" -', { P: profile() })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await shell('echo 2 | kando location push -s file --profile-file profile.json -')).toMatchObject({
      status: 0,
    });
    expect(await withProfile('echo 3 | kando location push -s env -')).toMatchObject({ status: 0 });
    expect([await content('p/flag'), await content('p/file'), await content('p/env')]).toEqual([
      '1\n',
      '2\n',
      '3\n',
    ]);
    const both = await withProfile('echo 4 | kando location push -s env --profile-file profile.json -');
    expect(both.status).toBe(69);
    expect(both.stderr).toMatch(/from one place only, found --profile-file and KANDO_PROFILE/);
  });
});

describe('kando location push', () => {
  it('stores a pipe, a file and an empty pipe', async () => {
    await writeFile(join(folder, 'source'), 'from a file');
    expect(await withProfile('seq 1 300000 | kando location push -s /a//pipe -')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await withProfile('kando location push -s a/file -o myOut source')).toMatchObject({ status: 0 });
    expect(await withProfile('printf "" | kando location push -s a/empty -- -')).toMatchObject({ status: 0 });
    expect((await content('p/a/pipe')).split('\n')).toHaveLength(300_001);
    expect(await content('p/a/file')).toBe('from a file');
    expect(await content('p/a/empty')).toBe('');
  });

  it('stores what a command writes, with flags of its own, without a shell', async () => {
    expect(
      await withProfile(`kando location push --path cmd/args -- printf '%s|' -p 'a b' '$HOME'`),
    ).toMatchObject({ status: 0 });
    expect(await content('p/cmd/args')).toBe('-p|a b|$HOME|');
  });

  it('stores nothing when the command fails, and says how it ended and what it said', async () => {
    const failing = await withProfile(
      `kando location push -s cmd/fails -- sh -c 'seq 1 3000000; echo oops >&2; exit 3'`,
    );
    expect(failing).toMatchObject({ status: 69, stdout: '' });
    expect(failing.stderr).toBe('oops\nError: "sh" failed: exit status 3\n');
    const killed = await withProfile(`kando location push -s cmd/fails -- sh -c 'echo x; kill -9 $$'`);
    expect(killed.stderr).toBe('Error: "sh" failed: signal SIGKILL\n');
    const missing = await withProfile('kando location push -s cmd/fails -- no-such-program');
    expect(missing.stderr).toBe('Error: failed to start "no-such-program": no such file or directory\n');
    expect(await keys()).not.toContain('p/cmd/fails');
    expect(await uploads()).toEqual([]);
  });

  it('stores what a command writes to /dev/stdout by name', async () => {
    const named = `kando location push -s cmd/named -- sh -c 'echo named >/dev/stdout'`;
    expect(await withProfile(named)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await content('p/cmd/named')).toBe('named\n');
  });

  it('leaves nothing when the store refuses in the middle, and ends all of the command', async () => {
    await using full = await storeThatRefusesPart(2);
    const line = `kando location push -s cmd/refused -- sh -c 'echo $$ >refused.pid; cat /dev/zero | cat'`;
    const { status, stderr } = await withProfile(line, { endpoint: full.endpoint });
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^Error: failed to write contents to bucket 'bucket': UploadPart: QuotaExceeded: no space/,
    );
    expect(status).toBe(69);
    expect(await runningIn(Number(await readFile(join(folder, 'refused.pid'), 'utf8')))).toEqual([]);
    expect(await keys()).not.toContain('p/cmd/refused');
    expect(await uploads()).toEqual([]);
  });

  it('ends the command and leaves nothing when it is told to end', async () => {
    const line = `"$NODE" "$MAIN" location push -s cmd/ended -- sh -c 'echo $$ >child.pid; seq 1 3000000; sleep 1000 | cat' & K=$!
      while [ ! -s child.pid ]; do sleep 0.05; done; sleep 0.5; kill -TERM $K; wait $K; echo "status $?"`;
    const { stdout, stderr } = await withProfile(line);
    expect(stdout).toBe('status 143\n');
    expect(stderr).toContain('Error: interrupted by SIGTERM\n');
    const pid = Number(await readFile(join(folder, 'child.pid'), 'utf8'));
    expect(await runningIn(pid)).toEqual([]);
    expect(await keys()).not.toContain('p/cmd/ended');
    expect(await uploads()).toEqual([]);
  });

  it('says that the bucket is not there', async () => {
    const { status, stderr } = await withProfile('echo x | kando location push -s a -', {
      bucket: 'nosuchbucket',
    });
    expect(status).toBe(69);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('Error: failed to get bucket nosuchbucket: not found');
  });
});

describe('kando location pull', () => {
  const lines = Array.from({ length: 300_000 }, (_, index) => `line ${index}\n`).join('');

  beforeAll(async () => {
    await store.put('p/pull/big', bytes(lines));
    await store.put('p/pull/short', bytes('short'));
  });

  it('writes to a pipe, a redirected file, a named file and a command', async () => {
    const piped = await withProfile(
      'set -o pipefail; kando location pull -s pull/big - | cksum; kando location pull -s pull/big - >out; cksum <out',
    );
    expect(piped).toMatchObject({ status: 0, stderr: '' });
    expect(new Set(piped.stdout.trim().split('\n')).size).toBe(1);
    expect(await withProfile('kando location pull -s pull/big named')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await readFile(join(folder, 'named'), 'utf8')).toBe(lines);
    expect(await withProfile('kando location pull -s pull/big -- wc -l')).toMatchObject({
      status: 0,
      stdout: '300000\n',
    });
  });

  it('makes the file exactly the object: no tail of older content, its mode kept, nothing left beside it', async () => {
    const target = join(folder, 'target');
    await writeFile(target, 'something much longer');
    await chmod(target, 0o640);
    expect(await withProfile('kando location pull -s pull/short target')).toMatchObject({ status: 0 });
    expect(await readFile(target, 'utf8')).toBe('short');
    expect((await stat(target)).mode & 0o777).toBe(0o640);
    expect(await withProfile('umask 022; kando location pull -s pull/short fresh')).toMatchObject({
      status: 0,
    });
    expect((await stat(join(folder, 'fresh'))).mode & 0o777).toBe(0o755);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('keeps the file when there is no such object', async () => {
    await writeFile(join(folder, 'kept'), 'kept');
    const { status, stderr } = await withProfile('kando location pull -s no/such kept');
    expect(status).toBe(69);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('Error: not found');
    expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('kept');
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says that a disk is full, and leaves nothing', async () => {
    const { status, stderr } = await withProfile('kando location pull -s pull/big /dev/full');
    expect(stderr).toBe('Error: write /dev/full: no space left on device\n');
    expect(status).toBe(69);
    const piped = await withProfile('kando location pull -s pull/big - >/dev/full');
    expect(piped.stderr).toBe('Error: write standard output: no space left on device\n');
    const limited = await withProfile(
      `echo kept >limited; (trap '' XFSZ; ulimit -f 1; kando location pull -s pull/big limited)`,
    );
    expect(limited.stderr).toBe('Error: write limited: file too large\n');
    expect(await readFile(join(folder, 'limited'), 'utf8')).toBe('kept\n');
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says that a folder may not be written to', async () => {
    expect((await withProfile('kando location pull -s pull/big /proc/new')).stderr).toMatch(
      /^Error: open \/proc\/new: (no such file or directory|permission denied)\n$/,
    );
  });

  it('says that a pipe was closed by its reader', async () => {
    const { stderr } = await withProfile('kando location pull -s pull/big - | head -c 1 >/dev/null');
    expect(stderr).toBe('Error: write standard output: broken pipe\n');
  });

  it('gives a command its input by name, too, and starts none when it is not there', async () => {
    const named = await withProfile(
      `kando location pull -s pull/short -- sh -c 'cat </dev/stdin; cat /dev/stdin'`,
    );
    expect(named).toEqual({ status: 0, stdout: 'short', stderr: '' });
    const missing = await withProfile('kando location pull -s pull/big -- no-such-program');
    expect(missing.stderr).toBe('Error: failed to start "no-such-program": no such file or directory\n');
  });

  it('fails when a command ends well without having read the whole object', async () => {
    const { status, stderr } = await withProfile('kando location pull -s pull/big -- true');
    expect(stderr).toBe('Error: "true" ended well, but before it had read the whole object\n');
    expect(status).toBe(69);
  });

  it('ends the command that has read all and still works when it is told to end', async () => {
    const line = `"$NODE" "$MAIN" location pull -s pull/short -- sh -c 'cat >/dev/null; echo $$ >fed.pid; sleep 1000 | cat' & K=$!
      while [ ! -s fed.pid ]; do sleep 0.05; done; kill -TERM $K; wait $K; echo "status $?"`;
    expect(await withProfile(line)).toEqual({
      status: 0,
      stdout: 'status 143\n',
      stderr: 'Error: interrupted by SIGTERM\n',
    });
    expect(await runningIn(Number(await readFile(join(folder, 'fed.pid'), 'utf8')))).toEqual([]);
  });

  it('fails with the exit status of the command that it feeds', async () => {
    const { status, stderr } = await withProfile(`kando location pull -s pull/big -- sh -c 'exit 4'`);
    expect(status).toBe(69);
    expect(stderr).toBe('Error: "sh" failed: exit status 4\n');
  });
});

describe('kando location delete', () => {
  it('deletes an object and its folder, and by bare prefix only when asked to', async () => {
    for (const key of ['p/d/1', 'p/d/1/x', 'p/d/10']) await store.put(key, bytes('x'));
    expect(await withProfile('kando location delete -s d/1 ignored')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect((await keys()).filter((key) => key.startsWith('p/d/'))).toEqual(['p/d/10']);
    expect(await withProfile('kando location delete -s d/1 --prefix-match')).toMatchObject({ status: 0 });
    expect((await keys()).filter((key) => key.startsWith('p/d/'))).toEqual([]);
    expect(await withProfile('kando location delete -s d/1')).toMatchObject({ status: 0 });
  });

  it('never empties a bucket because a path is missing, and stays below the prefix', async () => {
    await store.put('other', bytes('stays'));
    const whole = await withProfile('kando location delete', { prefix: '' });
    expect(whole).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('refusing to delete the whole bucket'),
    });
    const outside = await withProfile('kando location delete -s ../other');
    expect(outside).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('leads out of the Profile'),
    });
    expect(await keys()).toContain('other');
    await deleteLocation(store, 'other');
  });
});

/** A gateway to the store that refuses a part of every upload. */
async function storeThatRefusesPart(number: number): Promise<{ endpoint: string } & AsyncDisposable> {
  const agent = new Agent();
  const gateway = createServer((request, response) => {
    const { method, url = '', headers } = request;
    if (url.includes(`partNumber=${number}&`)) {
      request.resume();
      const body = '<Error><Code>QuotaExceeded</Code><Message>no space</Message></Error>';
      response.writeHead(403).end(body);
      return;
    }
    const upstream = sendRequest({ port: server.port, host: '127.0.0.1', method, path: url, headers, agent });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      gateway.closeAllConnections();
      await new Promise<void>((resolve) => gateway.close(() => resolve()));
    },
  };
}

/** The commands of a process group that still run; the dead that nobody has reaped do not count. */
async function runningIn(group: number): Promise<string[]> {
  const running: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''); // it may end meanwhile
    const [state, , processGroup] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (Number(processGroup) === group && state !== 'Z') running.push(line);
  }
  return running;
}

/** Unfinished uploads, as they are on the store's disk. */
async function uploads(): Promise<string[]> {
  return await readdir(join(folder, 'store', 'bucket', 'uploads'));
}
