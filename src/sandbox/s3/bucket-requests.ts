import { receiveDocument } from './receive-body.ts';
import { sendEmpty, sendXml } from './request-context.ts';
import type { RequestContext } from './request-context.ts';
import { S3Error } from './s3-error.ts';
import { childText, parseXml } from './xml.ts';

export function listBuckets(context: RequestContext): void {
  const Bucket = context.folder.buckets().map(({ name, created }) => ({ Name: name, CreationDate: created }));
  sendXml(context, 'ListAllMyBucketsResult', {
    Owner: { ID: 'sandbox', DisplayName: 'sandbox' },
    Buckets: { Bucket },
  });
}

export async function createBucket(context: RequestContext): Promise<void> {
  const { folder, bucketName, clock, request, authentication } = context;
  const document = await receiveDocument(request, authentication);
  const asked = document.trim() === '' ? undefined : childText(parseXml(document), 'LocationConstraint');
  await folder.createBucket(bucketName, asked ?? context.region, clock.now().toISOString());
  sendEmpty(context, 200, { location: `/${bucketName}` });
}

export function headBucket(context: RequestContext): void {
  const { region } = context.folder.bucket(context.bucketName);
  sendEmpty(context, 200, { 'x-amz-bucket-region': region });
}

export async function deleteBucket(context: RequestContext): Promise<void> {
  await context.folder.deleteBucket(context.bucketName);
  sendEmpty(context, 204);
}

export function getBucketLocation(context: RequestContext): void {
  const { region } = context.folder.bucket(context.bucketName);
  // S3 answers with an empty constraint for its oldest region.
  sendXml(context, 'LocationConstraint', region === 'us-east-1' ? '' : region);
}

export function getBucketVersioning(context: RequestContext): void {
  context.folder.bucket(context.bucketName);
  sendXml(context, 'VersioningConfiguration', {}); // never enabled
}

/** DeleteObjects: up to 1,000 keys in one request. */
export async function deleteObjects(context: RequestContext): Promise<void> {
  const { folder, request, authentication } = context;
  const bucket = folder.bucket(context.bucketName);
  const document = parseXml(await receiveDocument(request, authentication));
  const keys = document.children
    .filter(({ name }) => name === 'Object')
    .map((element) => childText(element, 'Key') ?? '');
  if (document.name !== 'Delete' || keys.length === 0 || keys.length > 1000 || keys.includes('')) {
    throw new S3Error('MalformedXML', 'The XML must be a Delete with 1 to 1000 Objects that have a Key.');
  }
  for (const key of keys) await folder.deleteObject(bucket, key);
  const quiet = childText(document, 'Quiet') === 'true';
  sendXml(context, 'DeleteResult', { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
}
