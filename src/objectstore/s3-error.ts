import { AccessDenied, BucketNotFound, ObjectNotFound, ObjectStoreError } from './object-store.ts';

/** What failed. Without `key` it was a request about the bucket. */
export interface S3Operation {
  name: string;
  bucket: string;
  key?: string;
  signal?: AbortSignal;
}

/**
 * An error of the SDK as one of ours. Texts: `OPERATION: CODE: MESSAGE (status code: N, request id: ID)`, in front of which the caller puts
 * what it was doing. An abort comes back as the signal's reason.
 */
export function s3Error(error: unknown, operation: S3Operation): unknown {
  if (operation.signal?.aborted) return operation.signal.reason;
  if (error instanceof ObjectStoreError || !(error instanceof Error)) return error;
  const { code, status, requestId } = describe(error);
  if (code === 'NoSuchBucket') return new BucketNotFound(operation.bucket, { cause: error });
  if (status === 404 && (code === 'NoSuchKey' || code === 'NotFound')) {
    return operation.key === undefined
      ? new BucketNotFound(operation.bucket, { cause: error })
      : new ObjectNotFound(operation.key, { cause: error });
  }
  const where =
    status === undefined ? '' : ` (status code: ${status}${requestId ? `, request id: ${requestId}` : ''})`;
  const text = `${operation.name}: ${code}: ${message(error)}${where}`;
  if (status === 403 || code === 'InvalidAccessKeyId' || code === 'SignatureDoesNotMatch') {
    const hint = 'check the credentials of the Profile and their rights on the bucket';
    return new AccessDenied(code, text, { cause: error, hint });
  }
  const hint = status === undefined ? connectionHint(code) : undefined;
  return new ObjectStoreError(code, text, { cause: error, ...(hint && { hint }) });
}

function connectionHint(code: string): string {
  return /CERT|VERIFY/.test(code)
    ? 'give Node the authority that signed the certificate (NODE_EXTRA_CA_CERTS), or set skipSSLVerify in the Profile'
    : 'check the endpoint of the Profile, and that this network can reach it';
}

/** The same failure with what was being done in front. */
export function wrapStoreError(outer: string, error: unknown): unknown {
  if (error instanceof BucketNotFound || !(error instanceof ObjectStoreError)) return error;
  const text = `${outer}: ${error.message}`;
  const options = { cause: error, ...(error.hint !== undefined && { hint: error.hint }) };
  return error instanceof AccessDenied
    ? new AccessDenied(error.code, text, options)
    : new ObjectStoreError(error.code, text, options);
}

interface SdkError extends Error {
  Code?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

function describe(error: SdkError): {
  code: string;
  status: number | undefined;
  requestId: string | undefined;
} {
  const status = error.$metadata?.httpStatusCode;
  // Answers without a body (to HEAD) have no code: the SDK then calls the error by a name of its own.
  const named =
    error.name === 'Error' || error.name === 'Unknown' || error.name === 'UnknownError'
      ? undefined
      : error.name;
  const code = error.Code ?? error.code ?? named ?? (status === 403 ? 'Forbidden' : 'RequestError');
  return { code, status, requestId: error.$metadata?.requestId };
}

/** Node joins the failures of several addresses in an AggregateError, whose own message is empty. */
function message(error: Error): string {
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError)
    return error.errors.map((inner) => String(inner.message ?? inner)).join('; ');
  return 'no message';
}
