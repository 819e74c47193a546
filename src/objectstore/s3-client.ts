import { S3Client } from './s3-sdk.ts';
import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AwsCredentials } from './open-store.ts';

export interface S3ClientOptions {
  /** Empty for AWS itself. */
  endpoint: string;
  region: string;
  credentials: AwsCredentials;
  skipSslVerify: boolean;
}

const CONNECT_TIMEOUT = 10_000;
/** Silence on a connection after which a request is tried again. */
const IDLE_TIMEOUT = 120_000;
const MAX_ATTEMPTS = 5;

/** A client of the AWS SDK that streams without checksums of its own, as stores of all makers understand it. */
export function createS3Client({ endpoint, region, credentials, skipSslVerify }: S3ClientOptions): S3Client {
  const client = new S3Client({
    region,
    credentials,
    ...(endpoint !== '' && { endpoint, forcePathStyle: true }),
    followRegionRedirects: endpoint === '',
    maxAttempts: MAX_ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT,
      socketTimeout: IDLE_TIMEOUT,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 16 }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: !skipSslVerify }),
    },
  });
  const secure = endpoint === '' || endpoint.startsWith('https:');
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request: unknown = args.request;
      if (isHttpRequest(request)) {
        // TLS protects the payload already. Over plain HTTP the payload is hashed and signed.
        if (secure && typeof request.body !== 'string')
          request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
        if (context.commandName === 'DeleteObjectsCommand') replaceChecksumByMd5(request);
      }
      return await next(args);
    },
    { step: 'build', priority: 'low', name: 'payloadHash' },
  );
  return client;
}

interface HttpRequest {
  headers: Record<string, string>;
  body?: unknown;
}

function isHttpRequest(request: unknown): request is HttpRequest {
  return typeof request === 'object' && request !== null && 'headers' in request;
}

/** DeleteObjects must carry a checksum; stores older than 2022 know none but Content-MD5. */
function replaceChecksumByMd5(request: HttpRequest): void {
  for (const name of Object.keys(request.headers)) {
    if (/^x-amz-(checksum-|sdk-checksum-)/i.test(name)) delete request.headers[name];
  }
  const body = typeof request.body === 'string' || request.body instanceof Uint8Array ? request.body : '';
  request.headers['content-md5'] = createHash('md5').update(body).digest('base64');
}
