import { S3Client, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import { startS3Server } from '../sandbox/s3/server.ts';
import type { S3Server } from '../sandbox/s3/server.ts';
import { objectStoreConformance } from './conformance.ts';
import { openStore } from './open-store.ts';

const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret/with+odd=characters' };
let folder: string;
let server: S3Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-test-'));
  server = await startS3Server({ folder, credentials: [credentials] });
  await server.ensureBucket('conformance');
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

objectStoreConformance('s3', {
  open: () => openStore(profile({})),
  openMissingBucket: () => openStore(profile({ bucket: 'no-such-bucket' })),
  openWithWrongCredentials: () => openStore(profile({ secret: 'wrong' })),
  async unfinishedUploads() {
    const client = new S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials,
      forcePathStyle: true,
    });
    try {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'conformance' }));
      return Uploads.length;
    } finally {
      client.destroy();
    }
  },
});

function profile({ bucket = 'conformance', secret = credentials.secretAccessKey }): ResolvedProfile {
  return {
    Location: { type: 's3Compliant', bucket, endpoint: server.endpoint, prefix: '', region: '' },
    Credential: {
      Type: 'keyPair',
      KeyPair: { ID: credentials.accessKeyId, Secret: secret },
      Secret: null,
      KopiaServerSecret: null,
    },
    SkipSSLVerify: false,
  };
}
