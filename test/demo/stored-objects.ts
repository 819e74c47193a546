import type { ObjectProperties } from '../../src/objectstore/object-store.ts';
import { openS3 } from '../../src/objectstore/s3.ts';
import type { SandboxObjectStore } from '../../src/sandbox/sandbox-profile.ts';

/** Everything that the bucket holds. */
export async function storedObjects(
  store: SandboxObjectStore,
  signal: AbortSignal,
): Promise<ObjectProperties[]> {
  const { endpoint, bucket, region } = store;
  const credentials = { accessKeyId: store.accessKey, secretAccessKey: store.secretKey };
  const opened = await openS3({ endpoint, bucket, region, credentials, skipSslVerify: false }, { signal });
  try {
    return await Array.fromAsync(opened.list('', { signal }));
  } finally {
    opened.close();
  }
}
