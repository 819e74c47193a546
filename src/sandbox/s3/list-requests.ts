/** ListObjects, ListObjectsV2 and ListMultipartUploads. */
import type { KeyIndex } from './key-index.ts';
import { compareUtf8 } from './key-index.ts';
import type { ObjectRecord } from './object-folder.ts';
import { integerParameter, sendXml } from './request-context.ts';
import type { RequestContext } from './request-context.ts';
import { S3Error } from './s3-error.ts';
import type { XmlValue } from './xml.ts';

export function listObjectsV1(context: RequestContext): void {
  const { query } = context;
  const marker = query.get('marker') ?? '';
  const page = listPage(context, marker);
  sendXml(context, 'ListBucketResult', {
    ...pageElements(context, page),
    Marker: encodeKey(context, marker),
    // S3 gives NextMarker only with a delimiter; giving it always is allowed for by its clients.
    NextMarker: page.truncated ? encodeKey(context, page.last) : undefined,
  });
}

export function listObjectsV2(context: RequestContext): void {
  const { query } = context;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const page = listPage(context, token === undefined ? startAfter : readToken(token));
  sendXml(context, 'ListBucketResult', {
    ...pageElements(context, page),
    KeyCount: page.objects.length + page.prefixes.length,
    StartAfter: startAfter === '' ? undefined : encodeKey(context, startAfter),
    ContinuationToken: token,
    NextContinuationToken: page.truncated ? Buffer.from(page.last).toString('base64url') : undefined,
  });
}

export function listMultipartUploads(context: RequestContext): void {
  const { folder, query } = context;
  const prefix = query.get('prefix') ?? '';
  const uploads = [...folder.bucket(context.bucketName).uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .toSorted((a, b) => compareUtf8(a.key, b.key) || compareUtf8(a.initiated, b.initiated));
  sendXml(context, 'ListMultipartUploadsResult', {
    Bucket: context.bucketName,
    Prefix: encodeKey(context, prefix),
    MaxUploads: Math.max(1000, uploads.length),
    IsTruncated: false,
    Upload: uploads.map(({ id, key, initiated }) => ({
      Key: encodeKey(context, key),
      UploadId: id,
      Initiated: initiated,
      StorageClass: 'STANDARD',
    })),
  });
}

interface Page {
  objects: ObjectRecord[];
  /** Common prefixes. */
  prefixes: string[];
  truncated: boolean;
  /** The last key or common prefix of the page: where the next one starts after. */
  last: string;
  limit: number;
}

function listPage({ folder, bucketName, query }: RequestContext, after: string): Page {
  const index = folder.bucket(bucketName).objects;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(1000, integerParameter(query.get('max-keys') ?? '1000', 'max-keys', 0, 2 ** 31 - 1));
  const page: Page = { objects: [], prefixes: [], truncated: false, last: after, limit };
  const keys = index.sorted();
  let position = index.lowerBound(compareUtf8(after, prefix) > 0 ? after : prefix);
  for (; position < keys.length; position += 1) {
    const key = keys[position] ?? '';
    if (!key.startsWith(prefix)) break;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    // The page before ended with this common prefix: what it stands for was listed.
    if (key === after || common === after) continue;
    if (common !== undefined && page.prefixes.at(-1) === common) continue;
    if (page.objects.length + page.prefixes.length >= limit) {
      page.truncated = limit > 0;
      break;
    }
    if (common === undefined) pushObject(page, index, key);
    else page.prefixes.push(common);
    page.last = common ?? key;
  }
  return page;
}

function pushObject(page: Page, index: KeyIndex<ObjectRecord>, key: string): void {
  const record = index.get(key);
  if (record) page.objects.push(record);
}

function pageElements(context: RequestContext, page: Page): Record<string, XmlValue | XmlValue[]> {
  const { bucketName, query } = context;
  return {
    Name: bucketName,
    Prefix: encodeKey(context, query.get('prefix') ?? ''),
    Delimiter: query.has('delimiter') ? encodeKey(context, query.get('delimiter') ?? '') : undefined,
    MaxKeys: page.limit,
    EncodingType: query.get('encoding-type'),
    IsTruncated: page.truncated,
    Contents: page.objects.map(({ key, modified, etag, size }) => ({
      Key: encodeKey(context, key),
      LastModified: modified,
      ETag: `"${etag}"`,
      Size: size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encodeKey(context, prefix) })),
  };
}

function encodeKey({ query }: RequestContext, key: string): string {
  if (query.get('encoding-type') !== 'url') return key;
  return encodeURIComponent(key).replaceAll('%2F', '/');
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (key === '') throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return key;
}
