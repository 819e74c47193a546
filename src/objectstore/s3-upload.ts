import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
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

  const upload: PartUpload<CompletedPart> = {
    async putWhole(Body, abortSignal) {
      const command = new PutObjectCommand({ ...target, Body, ContentLength: Body.length });
      await attempt('PutObject', abortSignal, () => client.send(command, { abortSignal }));
    },
    async begin(abortSignal) {
      const command = new CreateMultipartUploadCommand(target);
      const begun = await attempt('CreateMultipartUpload', abortSignal, () =>
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
    async complete(Parts, abortSignal) {
      const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
      await attempt('CompleteMultipartUpload', abortSignal, () => client.send(command, { abortSignal }));
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
