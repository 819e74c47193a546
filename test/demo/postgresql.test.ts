import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { locatePostgres, type PostgresSource } from './postgresql.ts';

const run = promisify(execFile);
let folder: string;
const servers: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postgresql-test-'));
  await chmod(folder, 0o755);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => stop(server)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sources: PostgresSource[] = ['system', 'npm'];
describe.each(sources)('PostgreSQL from %s', (source) => {
  it('backs up a database, restores it, ends with clients connected, and keeps its data', async (test) => {
    const postgres = await locatePostgres({
      cacheFolder: join(folder, 'cache'),
      source,
      path: process.env['PATH'],
    }).catch((error: unknown) => test.skip(String(error)));
    const server = await serverWith(postgres.bin, join(folder, `data of ${source}`));

    const first = await server.start();
    const client = await server.connect();
    await client.query(
      'CREATE TABLE customers AS SELECT id, md5(id::text) AS name FROM generate_series(1, 1000) AS id',
    );
    const dump = join(folder, `${source}.dump`);
    await server.client('pg_dump', '--format=custom', `--file=${dump}`);
    await client.query('DROP TABLE customers');
    await server.client(
      'pg_restore',
      '--clean',
      '--if-exists',
      '--single-transaction',
      '--exit-on-error',
      '--dbname=shop',
      dump,
    );
    expect(await stop(first)).toBe(0);
    await client.end().catch(() => undefined); // the server has ended it already

    await server.start();
    const again = await server.connect();
    const { rows } = await again.query<{ count: string; sum: string }>(
      'SELECT count(*), sum(id) FROM customers WHERE name = md5(id::text)',
    );
    expect(rows).toEqual([{ count: '1000', sum: '500500' }]);
    await again.end();
  });
});

it('the newest of the machine’s PostgreSQLs that has all programs is taken', async () => {
  const { bin } = await locatePostgres({ cacheFolder: join(folder, 'cache') });
  const debianFolder = join(folder, 'lib');
  await mkdir(join(debianFolder, '15'), { recursive: true });
  await symlink(bin, join(debianFolder, '15', 'bin'));
  await mkdir(join(debianFolder, '9'));
  await symlink(bin, join(debianFolder, '9', 'bin'));
  await mkdir(join(debianFolder, '17', 'bin'), { recursive: true });
  await copyFile(join(bin, 'pg_dump'), join(debianFolder, '17', 'bin', 'pg_dump')); // a client package only

  expect(await locatePostgres({ cacheFolder: folder, debianFolder, source: 'system' })).toMatchObject({
    bin: join(debianFolder, '15', 'bin'),
    source: 'system',
  });
});

it('a machine without PostgreSQL is told what to install', async () => {
  const nowhere = { cacheFolder: folder, debianFolder: join(folder, 'none'), path: folder };
  await expect(locatePostgres({ ...nowhere, source: 'system' })).rejects.toThrow(
    /pg_dump, pg_restore in one folder.*apt-get install/,
  );
});

/** A server on an address of its own, started as a pod of the image is. */
async function serverWith(bin: string, dataFolder: string) {
  const port = await freePort();
  const entrypoint = join(folder, 'entrypoint.sh');
  await copyFile(join(import.meta.dirname, 'postgres-entrypoint.sh'), entrypoint);
  await chmod(entrypoint, 0o755);
  const PATH = `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`;
  const identity = { POSTGRES_USER: 'owner', POSTGRES_PASSWORD: `it's "secret"`, POSTGRES_DB: 'shop' };
  const environment = { PATH, ...identity, POD_IP: '127.0.0.1', PGDATA: dataFolder };
  const connection = {
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: identity.POSTGRES_USER,
    PGDATABASE: 'shop',
  };
  const clientEnvironment = { PATH, ...connection, PGPASSWORD: identity.POSTGRES_PASSWORD };

  return {
    async start(): Promise<ChildProcess> {
      const server = spawn(entrypoint, ['postgres', '-c', `port=${port}`], {
        env: environment,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      servers.push(server);
      let log = '';
      server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
      for (;;) {
        if (await run(join(bin, 'pg_isready'), [], { env: clientEnvironment }).catch(() => undefined))
          return server;
        if (server.exitCode !== null)
          throw new Error(`the server ended with exit code ${server.exitCode}: ${log}`);
        await sleep(50);
      }
    },
    async connect(): Promise<Client> {
      const client = new Client({
        host: '127.0.0.1',
        port,
        user: 'owner',
        password: identity.POSTGRES_PASSWORD,
        database: 'shop',
      });
      client.on('error', () => undefined); // the end of the server is part of the test
      await client.connect();
      return client;
    },
    client: (program: string, ...args: string[]) => run(join(bin, program), args, { env: clientEnvironment }),
  };
}

async function stop(server: ChildProcess): Promise<number | null> {
  if (server.exitCode !== null) return server.exitCode;
  server.kill('SIGTERM');
  await once(server, 'exit');
  return server.exitCode;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string')
    throw new Error(`expected a TCP address, found ${address}`);
  return address.port;
}
