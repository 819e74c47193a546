/** AWS Signature Version 4, the server's side: headers and presigned URLs. Source: Amazon S3's API reference, "Authenticating Requests". */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../kubernetes/clock.ts';
import { S3Error } from './s3-error.ts';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface SignedRequest {
  method: string;
  /** As on the request line: the path is signed as it was sent. */
  url: string;
  headers: IncomingHttpHeaders;
}

/** What the body of an authenticated request must be checked with. */
export interface Authentication {
  /** `x-amz-content-sha256`: a hash, `UNSIGNED-PAYLOAD` or a `STREAMING-…` form. */
  payload: string;
  /** The seed and the key with which the chunks of a signed stream are checked. */
  signature: string;
  signingKey: Buffer;
  timestamp: string;
  scope: string;
}

/** @throws {S3Error} with S3's code when the request is not signed by one of the credentials, or not for now. */
export function authenticate(
  request: SignedRequest,
  credentials: S3Credentials[],
  clock: Clock,
): Authentication {
  const { path, query } = splitUrl(request.url);
  const presigned = query.some(([name]) => name === 'X-Amz-Signature');
  const claim = presigned ? presignedClaim(query) : headerClaim(request.headers);
  const [accessKeyId, date, region, service, terminator] = claim.credential;
  const known = credentials.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (known === undefined) {
    throw new S3Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  if (date === undefined || region === undefined || service !== 's3' || terminator !== 'aws4_request') {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      'The credential scope is not DATE/REGION/s3/aws4_request.',
    );
  }
  checkTime(claim, date, clock);
  if (!claim.signedHeaders.includes('host'))
    throw new S3Error('AccessDenied', 'The host header must be signed.');
  const payload = presigned
    ? 'UNSIGNED-PAYLOAD'
    : (single(request.headers['x-amz-content-sha256']) ?? 'UNSIGNED-PAYLOAD');
  const canonical = [
    request.method,
    path,
    canonicalQuery(query),
    ...claim.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}`),
    '',
    claim.signedHeaders.join(';'),
    payload,
  ].join('\n');
  const scope = [date, region, service, terminator].join('/');
  const text = ['AWS4-HMAC-SHA256', claim.timestamp, scope, sha256(canonical)].join('\n');
  const signingKey = [date, region, service, terminator].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${known.secretAccessKey}`),
  );
  if (!equalHex(hmac(signingKey, text).toString('hex'), claim.signature)) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return { payload, signature: claim.signature, signingKey, timestamp: claim.timestamp, scope };
}

/** The signature of one chunk of a `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` body, which chains to the one before. */
export function chunkSignature(authentication: Authentication, previous: string, chunkHash: string): string {
  const { timestamp, scope, signingKey } = authentication;
  const text = ['AWS4-HMAC-SHA256-PAYLOAD', timestamp, scope, previous, sha256(''), chunkHash].join('\n');
  return hmac(signingKey, text).toString('hex');
}

/** The signature of the trailing headers, written as `name:value\n` each. */
export function trailerSignature(authentication: Authentication, previous: string, trailers: string): string {
  const { timestamp, scope, signingKey } = authentication;
  const text = ['AWS4-HMAC-SHA256-TRAILER', timestamp, scope, previous, sha256(trailers)].join('\n');
  return hmac(signingKey, text).toString('hex');
}

export function equalHex(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}

interface Claim {
  credential: string[];
  signedHeaders: string[];
  signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  timestamp: string;
  /** Seconds; of presigned URLs only. */
  expires?: number;
}

function headerClaim(headers: IncomingHttpHeaders): Claim {
  const header = headers.authorization;
  if (header === undefined) throw new S3Error('AccessDenied', 'Access Denied: the request is not signed.');
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]+)$/.exec(
      header,
    );
  const [, credential, signedHeaders, signature] = match ?? [];
  const timestamp = single(headers['x-amz-date']);
  if (!credential || !signedHeaders || !signature || !timestamp) {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      'The authorization header or x-amz-date is missing or malformed.',
    );
  }
  return {
    credential: splitCredential(credential),
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp,
  };
}

function presignedClaim(query: [string, string][]): Claim {
  const parameter = (name: string) => query.find(([candidate]) => candidate === name)?.[1] ?? '';
  if (parameter('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new S3Error('AccessDenied', 'Only X-Amz-Algorithm=AWS4-HMAC-SHA256 is supported.');
  }
  return {
    credential: splitCredential(parameter('X-Amz-Credential')),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    timestamp: parameter('X-Amz-Date'),
    expires: Number(parameter('X-Amz-Expires')),
  };
}

/** An access key may contain slashes, the rest of the scope does not. */
function splitCredential(credential: string): string[] {
  const parts = credential.split('/');
  return [parts.slice(0, -4).join('/'), ...parts.slice(-4)];
}

const MAX_SKEW = 15 * 60_000;

function checkTime(claim: Claim, date: string, clock: Clock): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.timestamp);
  if (match === null || !claim.timestamp.startsWith(date)) {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      'The date of the request is malformed or is not that of its scope.',
    );
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const signed = Date.UTC(year, month - 1, day, hour, minute, second);
  const age = clock.now().getTime() - signed;
  if (claim.expires === undefined) {
    if (Math.abs(age) <= MAX_SKEW) return;
    throw new S3Error(
      'RequestTimeTooSkewed',
      "The difference between the request time and the server's time is too large.",
    );
  }
  if (!(claim.expires >= 1 && claim.expires <= 604_800))
    throw new S3Error('AccessDenied', 'X-Amz-Expires must be 1 to 604800.');
  if (age > claim.expires * 1000 || age < -MAX_SKEW) throw new S3Error('AccessDenied', 'Request has expired');
}

/** Path as sent, and the decoded parameters in their order. */
export function splitUrl(url: string): { path: string; query: [string, string][] } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: [] };
  const query = url
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return equals < 0
        ? [decode(pair), '']
        : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
    });
  return { path: url.slice(0, mark), query };
}

/** Percent-decoding; `+` stays, as S3 keys and SigV4 want it. @throws {S3Error} */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidArgument', 'The request line is not valid percent-encoded UTF-8.');
  }
}

function canonicalQuery(query: [string, string][]): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalHeader(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ');
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
