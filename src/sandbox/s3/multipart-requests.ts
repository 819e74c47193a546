import { createHash } from 'node:crypto';
import { noSuchUpload } from './object-folder.ts';
import type { Bucket, PartRecord, UploadRecord } from './object-folder.ts';
import { commit, newETag, storedHeaders, writeCondition } from './object-requests.ts';
import { receiveBody, receiveDocument } from './receive-body.ts';
import { integerParameter, sendEmpty, sendXml } from './request-context.ts';
import type { RequestContext } from './request-context.ts';
import { S3Error } from './s3-error.ts';
import { childText, parseXml } from './xml.ts';

const MAX_PARTS = 10_000;
const MIN_PART_SIZE = 5 * 1024 * 1024;

export async function createMultipartUpload(context: RequestContext): Promise<void> {
  const { folder, request, clock, key } = context;
  const bucket = folder.bucket(context.bucketName);
  const headers = storedHeaders(request.headers);
  const upload = await folder.createUpload(bucket, { key, headers, initiated: clock.now().toISOString() });
  sendXml(context, 'InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: upload.id });
}

export async function uploadPart(context: RequestContext): Promise<void> {
  const { folder, request, clock, authentication, query } = context;
  const { bucket, upload } = openUpload(context);
  const number = integerParameter(query.get('partNumber') ?? '', 'partNumber', 1, MAX_PARTS);
  const { id, path } = folder.newBlob(bucket);
  const { size } = await receiveBody(request, authentication, path, { md5: false });
  const part = { id, size, etag: newETag(), modified: clock.now().toISOString() };
  await folder.putPart(bucket, upload, number, part);
  sendEmpty(context, 200, { etag: `"${part.etag}"` });
}

export async function completeMultipartUpload(context: RequestContext): Promise<void> {
  const { folder, request, clock, authentication, key } = context;
  const { bucket, upload } = openUpload(context);
  const parts = namedParts(await receiveDocument(request, authentication), upload);
  const record = {
    key,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: compositeETag(parts),
    modified: clock.now().toISOString(),
    headers: upload.headers,
    blobs: parts.map(({ id, size }) => ({ id, size })),
  };
  const check = writeCondition(request.headers);
  check(bucket.objects.get(key));
  openUpload(context);
  bucket.uploads.delete(upload.id); // a second completion or an abort must not find it any more
  try {
    await commit(context, bucket, record, check);
  } finally {
    await folder.deleteUpload(bucket, upload, parts);
  }
  sendXml(context, 'CompleteMultipartUploadResult', {
    Location: `/${bucket.name}/${encodeURIComponent(key)}`,
    Bucket: bucket.name,
    Key: key,
    ETag: `"${record.etag}"`,
  });
}

export async function abortMultipartUpload(context: RequestContext): Promise<void> {
  const { bucket, upload } = openUpload(context);
  await context.folder.deleteUpload(bucket, upload);
  sendEmpty(context, 204);
}

export function listParts(context: RequestContext): void {
  const { query } = context;
  const { bucket, upload } = openUpload(context);
  const after = integerParameter(query.get('part-number-marker') ?? '0', 'part-number-marker', 0, MAX_PARTS);
  const limit = Math.min(
    1000,
    integerParameter(query.get('max-parts') ?? '1000', 'max-parts', 0, 2 ** 31 - 1),
  );
  const all = [...upload.parts].filter(([number]) => number > after).toSorted(([a], [b]) => a - b);
  const page = all.slice(0, limit);
  sendXml(context, 'ListPartsResult', {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
    MaxParts: limit,
    IsTruncated: all.length > page.length,
    Part: page.map(([number, { etag, size, modified }]) => ({
      PartNumber: number,
      ETag: `"${etag}"`,
      Size: size,
      LastModified: modified,
    })),
  });
}

function openUpload({ folder, bucketName, key, query }: RequestContext): {
  bucket: Bucket;
  upload: UploadRecord;
} {
  const bucket = folder.bucket(bucketName);
  const upload = bucket.uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined || upload.key !== key) {
    throw noSuchUpload();
  }
  return { bucket, upload };
}

/** As S3's: clients can tell from it that an object consists of their parts. */
function compositeETag(parts: PartRecord[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

/** The parts that the client names, checked as S3 does. */
function namedParts(document: string, upload: UploadRecord): PartRecord[] {
  const elements = parseXml(document).children.filter(({ name }) => name === 'Part');
  if (elements.length === 0) throw new S3Error('MalformedXML', 'The XML must name at least one Part.');
  let previous = 0;
  const parts = elements.map((element) => {
    const number = integerParameter(childText(element, 'PartNumber') ?? '', 'PartNumber', 1, MAX_PARTS);
    if (number <= previous)
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    previous = number;
    const part = upload.parts.get(number);
    if (part === undefined || childText(element, 'ETag')?.replaceAll('"', '') !== part.etag) {
      throw new S3Error(
        'InvalidPart',
        `Part ${number} could not be found, or its entity tag does not match.`,
      );
    }
    return part;
  });
  if (parts.slice(0, -1).some(({ size }) => size < MIN_PART_SIZE)) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  return parts;
}
