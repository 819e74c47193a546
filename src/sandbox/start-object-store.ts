import { join } from 'node:path';
import { openAtFormerPort } from './network/former-port.ts';
import { startS3Server } from './s3/server.ts';
import type { SandboxObjectStore } from './sandbox-profile.ts';
import type { SandboxIdentity } from './state/identity.ts';

/** Starts the S3 store of a sandbox on its folder, with its bucket. */
export async function startObjectStore(
  folder: string,
  options: {
    identity: SandboxIdentity;
    log(message: string): void;
    onStop(end: () => Promise<unknown>): void;
  },
): Promise<{ offered: SandboxObjectStore; port: number }> {
  const { identity, log, onStop } = options;
  const { accessKey, secretKey } = identity.objectStoreKeys;
  const [bucket, region] = ['sandbox', 'us-east-1'];
  const start = (port: number) =>
    startS3Server({
      folder: join(folder, 's3'),
      host: identity.host,
      port,
      region,
      credentials: [{ accessKeyId: accessKey, secretAccessKey: secretKey }],
      onError: (error) => log(`object store: ${String(error)}`),
    });
  const store = await openAtFormerPort(identity.objectStorePort, start, (taken) =>
    log(`port ${taken} is taken: Profiles from before no longer find the object store`),
  );
  onStop(() => store.close());
  await store.ensureBucket(bucket);
  return { offered: { endpoint: store.endpoint, bucket, accessKey, secretKey, region }, port: store.port };
}
