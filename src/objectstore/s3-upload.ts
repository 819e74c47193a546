import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from './s3-sdk.ts';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import type { OpenStoreOptions } from './open-store.ts';
import { s3Error, wrapStoreError } from './s3-error.ts';
import type { PartPlan, PartUpload } from './upload-in-parts.ts';
import { uploadInParts } from './upload-in-parts.ts';

const MIB = 1024 * 1024;

/**
 * S3 takes 10,000 parts of at most 5 GiB. Parts of 8, 16, 32, 64 and 128 MiB, 2,000 of each, hold 484 GiB. Buffers take 24 MiB up to 15 GiB,
 * 32 MiB up to 46 GiB, 64 MiB up to 109 GiB, 128 MiB up to 234 GiB, and 256 MiB beyond.
 */
export const S3_PARTS: PartPlan = {
  firstSize: 8 * MIB,
  doubleEvery: 2000,
  maxParts: 10_000,
  maxBuffers: 3,
  memory: 24 * MIB,
};

const ABORT_TIMEOUT = 30_000;
/** How long a request that may already have been carried out is waited for after an abort, in milliseconds. */
const COMMIT_GRACE = 10_000;

/** PutObject for a stream of one part, a multipart upload for a longer one. */
export async function uploadObject(
  client: S3Client,
  bucket: string,
  key: string,
  source: AsyncIterable<Uint8Array>,
  { signal, onWarning }: OpenStoreOptions,
  plan: PartPlan = S3_PARTS,
): Promise<number> {
  const target = { Bucket: bucket, Key: key };
  let UploadId: string | undefined;

  const attempt = async <T>(
    name: string,
    abortSignal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      const known = s3Error(error, { name, bucket, signal: abortSignal });
      throw wrapStoreError(`failed to write contents to bucket '${bucket}'`, known);
    }
  };

  const attemptInGrace = async <T>(
    name: string,
    interrupt: AbortSignal,
    request: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    interrupt.throwIfAborted();
    using grace = abortAfter(interrupt, COMMIT_GRACE);
    return await attempt(name, grace.signal, () => request(grace.signal));
  };

  const upload: PartUpload<CompletedPart> = {
    async putWhole(Body, interrupt) {
      const command = new PutObjectCommand({ ...target, Body, ContentLength: Body.length });
      await attemptInGrace('PutObject', interrupt, (abortSignal) => client.send(command, { abortSignal }));
    },
    async begin(interrupt) {
      const command = new CreateMultipartUploadCommand(target);
      const begun = await attemptInGrace('CreateMultipartUpload', interrupt, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      UploadId = begun.UploadId;
    },
    async putPart(PartNumber, Body, abortSignal) {
      const command = new UploadPartCommand({
        ...target,
        UploadId,
        PartNumber,
        Body,
        ContentLength: Body.length,
      });
      const { ETag } = await attempt('UploadPart', abortSignal, () => client.send(command, { abortSignal }));
      return { PartNumber, ETag };
    },
    async complete(Parts, interrupt) {
      const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
      await attemptInGrace('CompleteMultipartUpload', interrupt, async (abortSignal) => {
        try {
          await client.send(command, { abortSignal });
        } catch (error) {
          // The answer to an earlier attempt was lost, or the store answered for a gateway that gave up.
          if (!(await isStored(client, target, Parts, abortSignal))) throw error;
        }
      });
    },
    async abort() {
      const command = new AbortMultipartUploadCommand({ ...target, UploadId });
      try {
        await client.send(command, { abortSignal: AbortSignal.timeout(ABORT_TIMEOUT) });
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchUpload') return; // gone already
        onWarning?.(
          `the unfinished upload ${UploadId} of ${JSON.stringify(key)} could not be removed from bucket '${bucket}': ${String(error)}`,
        );
      }
    },
  };
  return await uploadInParts(source, plan, upload, { ...(signal && { signal }) });
}

/** Whether the object of the key consists of just these parts. Its ETag tells: the MD5 of the MD5s of the parts, and their number. */
async function isStored(
  client: S3Client,
  target: { Bucket: string; Key: string },
  parts: CompletedPart[],
  abortSignal: AbortSignal,
): Promise<boolean> {
  const hash = createHash('md5');
  for (const { ETag = '' } of parts) hash.update(ETag.replaceAll('"', ''), 'hex');
  try {
    const { ETag } = await client.send(new HeadObjectCommand(target), { abortSignal });
    return ETag === `"${hash.digest('hex')}-${parts.length}"`;
  } catch {
    return false; // the failure that led here is reported
  }
}

/** A signal that aborts like `signal`, but so many milliseconds later; no timer stays behind it. */
function abortAfter(signal: AbortSignal, milliseconds: number): { signal: AbortSignal } & Disposable {
  const later = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => later.abort(signal.reason), milliseconds);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}
