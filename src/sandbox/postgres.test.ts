import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileCrd } from '../api/kanister/profile-crd.ts';
import { type Profile, PROFILES } from '../api/kanister/types.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, SECRETS, SERVICES } from '../kubernetes/resources.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { testPods, type TestPods } from './testing/pods.ts';

const hasServer = globSync('/usr/lib/postgresql/*/bin/initdb').length > 0;
const hasClient = existsSync('/usr/bin/psql');

describe('what a sandbox brings along for backups', () => {
  let folder: string;
  let sandbox: Sandbox;
  let pods: TestPods;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    sandbox = await startSandbox({ folder });
    pods = testPods(sandbox.client);
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('offers a Profile of its object store when Profiles can be stored', async () => {
    await sandbox.client.create(CUSTOM_RESOURCE_DEFINITIONS, profileCrd);
    const get = () => sandbox.client.get<Profile>(PROFILES, { name: 'sandbox', namespace: 'default' });
    await expect
      .poll(() =>
        get().then(
          ({ location }) => location,
          () => undefined,
        ),
      )
      .toMatchObject({
        type: 's3Compliant',
        bucket: sandbox.s3?.bucket,
        endpoint: sandbox.s3?.endpoint,
      });
    const secret = await sandbox.client.get<object>(SECRETS, { name: 'sandbox', namespace: 'default' });
    expect(secret).toHaveProperty(
      'data.access_key',
      Buffer.from(sandbox.s3?.accessKey ?? '').toString('base64'),
    );
  });

  it.runIf(hasServer && hasClient)(
    'runs PostgreSQL as the image postgres (needs a PostgreSQL server and psql)',
    async () => {
      const env = [
        { name: 'POSTGRES_PASSWORD', value: 's3cret' },
        { name: 'POSTGRES_DB', value: 'shop' },
      ];
      const readinessProbe = { tcpSocket: { port: 5432 }, periodSeconds: 1 };
      await pods.create(
        'db',
        [{ image: 'docker.io/library/postgres:15', env, readinessProbe }],
        {},
        { app: 'db' },
      );
      await pods.put(SERVICES, 'db', {
        spec: { selector: { app: 'db' }, ports: [{ port: 15432, targetPort: 5432 }] },
      });
      await pods.untilReady('db');
      const query = 'select current_database(), current_user';
      const command = ['psql', '-At', 'postgresql://postgres@db.default.svc:15432/shop', '-c', query];
      const clientEnv = [{ name: 'PGPASSWORD', value: 's3cret' }];
      await pods.create('query', [{ command, env: clientEnv }], { restartPolicy: 'OnFailure' });
      await pods.untilFinished('query');
      expect(await pods.log('query')).toBe('shop|postgres\n');
    },
  );
});
