import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../kubernetes/clock.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import {
  createBucket,
  deleteBucket,
  deleteObjects,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
} from './bucket-requests.ts';
import { listMultipartUploads, listObjectsV1, listObjectsV2 } from './list-requests.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
} from './multipart-requests.ts';
import { openObjectFolder } from './object-folder.ts';
import type { ObjectFolder } from './object-folder.ts';
import { copyObject, deleteObject, getObject, putObject } from './object-requests.ts';
import type { RequestContext } from './request-context.ts';
import { S3Error } from './s3-error.ts';
import { authenticate, decode, splitUrl } from './signature.ts';
import type { S3Credentials } from './signature.ts';
import { renderXml } from './xml.ts';

export interface S3ServerOptions {
  /** Holds buckets and objects; made when absent. One server at a time may use it. */
  folder: string;
  /** `127.0.0.1` when absent. */
  host?: string;
  /** Any free one when absent or 0. */
  port?: number;
  /** Who may do everything; all others may do nothing. */
  credentials: S3Credentials[];
  /** `us-east-1` when absent. */
  region?: string;
  clock?: Clock;
  /** Told of errors that are not the client's. */
  onError?(error: unknown): void;
}

export interface S3Server {
  /** `http://HOST:PORT`, for the endpoint of a Profile. */
  endpoint: string;
  port: number;
  /** Makes a bucket unless it is there. */
  ensureBucket(name: string): Promise<void>;
  /** Ends all connections, also busy ones. */
  close(): Promise<void>;
}

/** An S3 store (path-style, signatures checked) on a folder: enough for the AWS SDK, restic, kopia and their like. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { host = '127.0.0.1', port = 0, region = 'us-east-1', clock = systemClock } = options;
  const folder = await openObjectFolder(options.folder);
  const server = createServer(
    { highWaterMark: 256 * 1024, keepAliveTimeout: 60_000 },
    (request, response) => {
      void answer({ request, response, folder, clock, region }, options);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP address');
  return {
    endpoint: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    async ensureBucket(name) {
      if (folder.buckets().some((bucket) => bucket.name === name)) return;
      await folder.createBucket(name, region, clock.now().toISOString());
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  folder: ObjectFolder;
  clock: Clock;
  region: string;
}

async function answer(exchange: Exchange, { credentials, onError }: S3ServerOptions): Promise<void> {
  const { request, response } = exchange;
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('server', 'kanister-sandbox-s3');
  try {
    const { method = 'GET', url = '/', headers } = request;
    const authentication = authenticate({ method, url, headers }, credentials, exchange.clock);
    const { path, query } = splitUrl(url);
    const [, bucketName = '', key = ''] = /^\/([^/]*)\/?([^]*)$/.exec(path) ?? [];
    await route({
      ...exchange,
      authentication,
      bucketName: decode(bucketName),
      key: decode(key),
      query: new Map(query),
    });
    request.resume();
  } catch (error) {
    if (response.destroyed || (request.destroyed && !request.complete)) return void response.destroy(); // the client went away
    if (!(error instanceof S3Error)) onError?.(error);
    if (response.headersSent) return void response.destroy(); // a cut connection is the one way to say "not complete"
    const known =
      error instanceof S3Error ? error : new S3Error('InternalError', 'We encountered an internal error.');
    sendError(exchange, known, requestId);
  }
}

function sendError({ request, response }: Exchange, error: S3Error, requestId: string): void {
  request.resume(); // a client that is still sending must be able to end before it reads the answer
  const [resource] = (request.url ?? '/').split('?');
  const body = Buffer.from(
    renderXml('Error', {
      Code: error.code,
      Message: error.message,
      Resource: resource,
      RequestId: requestId,
    }).replace(
      / xmlns="[^"]*"/, // S3 sends errors without the namespace
      '',
    ),
  );
  response.writeHead(error.status, { 'content-type': 'application/xml', 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

type Handler = (context: RequestContext) => Promise<void> | void;

async function route(context: RequestContext): Promise<void> {
  const { request, bucketName, key } = context;
  const method = request.method ?? 'GET';
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError', 'Your key is too long');
  const handler = findHandler(context, method);
  if (handler === undefined) {
    throw new S3Error(
      'MethodNotAllowed',
      `${method} is not allowed for ${key === '' ? `bucket '${bucketName}'` : 'an object'}`,
    );
  }
  await handler(context);
}

/** What S3 has beyond this list, in parameters that name a sub-resource. */
const SUBRESOURCES = [
  'accelerate', 'acl', 'analytics', 'attributes', 'cors', 'encryption', 'inventory', 'legal-hold', 'lifecycle', 'logging', 'metrics',
  'notification', 'object-lock', 'ownershipControls', 'policy', 'policyStatus', 'publicAccessBlock', 'replication', 'requestPayment',
  'restore', 'retention', 'select', 'tagging', 'torrent', 'versionId', 'versions', 'website',
]; // prettier-ignore

function findHandler(
  { request, bucketName, key, query }: RequestContext,
  method: string,
): Handler | undefined {
  const missing = SUBRESOURCES.find((name) => query.has(name) && query.get(name) !== 'null');
  if (missing !== undefined)
    throw new S3Error('NotImplemented', `?${missing} is not supported by this store.`);
  if (bucketName === '') return method === 'GET' ? listBuckets : undefined;
  if (key === '') return findBucketHandler(method, query);
  const copies = request.headers['x-amz-copy-source'] !== undefined;
  switch (method) {
    case 'GET':
      return query.has('uploadId') ? listParts : getObject;
    case 'HEAD':
      return getObject;
    case 'PUT':
      if (!query.has('uploadId')) return copies ? copyObject : putObject;
      if (copies) throw new S3Error('NotImplemented', 'UploadPartCopy is not supported by this store.');
      return uploadPart;
    case 'POST':
      if (query.has('uploads')) return createMultipartUpload;
      return query.has('uploadId') ? completeMultipartUpload : undefined;
    case 'DELETE':
      return query.has('uploadId') ? abortMultipartUpload : deleteObject;
    default:
      return undefined;
  }
}

function findBucketHandler(method: string, query: Map<string, string>): Handler | undefined {
  switch (method) {
    case 'GET':
      if (query.has('location')) return getBucketLocation;
      if (query.has('versioning')) return getBucketVersioning;
      if (query.has('uploads')) return listMultipartUploads;
      return query.get('list-type') === '2' ? listObjectsV2 : listObjectsV1;
    case 'HEAD':
      return headBucket;
    case 'PUT':
      return createBucket;
    case 'DELETE':
      return deleteBucket;
    case 'POST':
      return query.has('delete') ? deleteObjects : undefined;
    default:
      return undefined;
  }
}
