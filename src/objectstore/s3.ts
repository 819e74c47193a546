/** Amazon S3 and everything that speaks its protocol, through the AWS SDK. */
import {
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from './s3-sdk.ts';
import type { S3Client, _Object } from '@aws-sdk/client-s3';
import type { ObjectProperties, ObjectStore, RequestOptions } from './object-store.ts';
import { ObjectStoreError } from './object-store.ts';
import type { OpenStoreOptions } from './open-store.ts';
import { createS3Client } from './s3-client.ts';
import type { S3ClientOptions } from './s3-client.ts';
import { downloadObject } from './s3-download.ts';
import { s3Error, wrapStoreError } from './s3-error.ts';
import { uploadObject } from './s3-upload.ts';

export interface S3Location extends S3ClientOptions {
  bucket: string;
}

const DEFAULT_REGION = 'us-east-1';

/**
 * Opens a bucket: one request that shows whether it is there, whether the credentials are good, and its region.
 * Credentials with rights on objects alone are accepted (the request is then denied).
 * @throws {BucketNotFound} {AccessDenied} {ObjectStoreError}
 */
export async function openS3(location: S3Location, options: OpenStoreOptions = {}): Promise<ObjectStore> {
  const { bucket } = location;
  const configured = { ...location, region: location.region || DEFAULT_REGION };
  const client = createS3Client(configured);
  try {
    const region = await findRegion(client, configured, options);
    if (region === configured.region) return s3Store(client, bucket, options);
    client.destroy();
    return s3Store(createS3Client({ ...configured, region }), bucket, options);
  } catch (error) {
    client.destroy();
    throw wrapStoreError(`failed to get bucket ${bucket}`, error);
  }
}

async function findRegion(
  client: S3Client,
  { bucket, region, endpoint }: S3Location,
  options: OpenStoreOptions,
): Promise<string> {
  try {
    const { LocationConstraint: constraint } = await client.send(
      new GetBucketLocationCommand({ Bucket: bucket }),
      requestOptions(options),
    );
    // An own endpoint has accepted a request signed for this region; many of them name another one, or none.
    if (endpoint !== '') return region;
    return constraint === 'EU' ? 'eu-west-1' : constraint || DEFAULT_REGION;
  } catch (error) {
    const wanted = wantedRegion(error);
    if (wanted !== undefined && wanted !== region) return wanted;
    const known = s3Error(error, {
      name: 'GetBucketLocation',
      bucket,
      ...(options.signal && { signal: options.signal }),
    });
    if (!(known instanceof ObjectStoreError) || known.code !== 'AccessDenied') throw known;
    options.onWarning?.(
      `the region of bucket '${bucket}' could not be asked for (AccessDenied): using ${region}`,
    );
    return region;
  }
}

/** A store that refuses the region of a signature says which one it wants. */
function wantedRegion(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'AuthorizationHeaderMalformed') return undefined;
  const named: unknown = 'Region' in error ? error.Region : undefined;
  return typeof named === 'string' && named !== '' ? named : /expecting '([\w-]+)'/.exec(error.message)?.[1];
}

function s3Store(client: S3Client, bucket: string, { onWarning }: OpenStoreOptions): ObjectStore {
  return {
    bucket,
    put: (key, source, options = {}) =>
      uploadObject(client, bucket, key, source, { ...options, ...(onWarning && { onWarning }) }),
    get: (key, options = {}) => downloadObject(client, bucket, key, options),
    head: (key, options = {}) => headObject(client, bucket, key, options),
    list: (prefix, options = {}) => listObjects(client, bucket, prefix, options),
    delete: (keys, options = {}) => deleteObjects(client, bucket, keys, options),
    close: () => client.destroy(),
  };
}

async function headObject(
  client: S3Client,
  bucket: string,
  key: string,
  options: RequestOptions,
): Promise<ObjectProperties> {
  try {
    const found = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key }),
      requestOptions(options),
    );
    return properties({ ...found, Key: key, Size: found.ContentLength ?? 0 });
  } catch (error) {
    throw s3Error(error, { name: 'HeadObject', bucket, key, ...options });
  }
}

async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  options: RequestOptions,
): AsyncGenerator<ObjectProperties> {
  let token: string | undefined;
  do {
    // `url`: XML 1.0 can't carry every character that a key may have.
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ContinuationToken: token,
      EncodingType: 'url',
    });
    const page = await client.send(command, requestOptions(options)).catch((error: unknown) => {
      throw s3Error(error, { name: 'ListObjectsV2', bucket, ...options });
    });
    for (const object of page.Contents ?? []) {
      const key = object.Key ?? '';
      yield properties({ ...object, Key: page.EncodingType === 'url' ? decodeKey(key) : key });
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

const DELETE_BATCH = 1000; // the most that DeleteObjects takes

async function deleteObjects(
  client: S3Client,
  bucket: string,
  keys: AsyncIterable<string> | Iterable<string>,
  options: RequestOptions,
): Promise<number> {
  let deleted = 0;
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length > 0) await deleteBatch(client, bucket, batch, options);
    deleted += batch.length;
    batch = [];
  };
  for await (const key of keys) {
    batch.push(key);
    if (batch.length === DELETE_BATCH) await flush();
  }
  await flush();
  return deleted;
}

async function deleteBatch(
  client: S3Client,
  bucket: string,
  keys: string[],
  options: RequestOptions,
): Promise<void> {
  const Objects = keys.map((Key) => ({ Key }));
  const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
  const { Errors: [failed, ...others] = [] } = await client
    .send(command, requestOptions(options))
    .catch((error: unknown) => {
      throw wrapStoreError(
        'Failed to delete items',
        s3Error(error, { name: 'DeleteObjects', bucket, ...options }),
      );
    });
  if (failed === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new ObjectStoreError(
    failed.Code ?? 'InternalError',
    `Failed to delete item ${failed.Key ?? ''}${more}: ${failed.Code ?? ''}: ${failed.Message ?? ''}`,
  );
}

function properties({ Key = '', Size = 0, ETag, LastModified }: _Object): ObjectProperties {
  return {
    key: Key,
    size: Size,
    ...(ETag !== undefined && { etag: ETag }),
    ...(LastModified && { modified: LastModified.toISOString() }),
  };
}

/** A space is `+` or `%20`, depending on the store; a plus is always `%2B`. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

function requestOptions({ signal }: RequestOptions): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
