/** One interface for all object stores. Everything that reaches a network can be aborted and streams with back-pressure. */
export interface ObjectStore {
  readonly bucket: string;

  /**
   * Stores the whole stream as one object, replacing an older one at the end. Memory stays bounded whatever the size.
   * A chunk is copied or sent before the next is asked for, so the source may reuse its buffers.
   * When the source throws or `signal` aborts, nothing is stored, no unfinished upload stays, and the older object remains.
   * Returns the number of bytes.
   * @throws {StreamTooLarge} beyond what the store can hold; {ObjectStoreError} when the store refuses
   */
  put(key: string, source: AsyncIterable<Uint8Array>, options?: RequestOptions): Promise<number>;

  /**
   * Opens the object. The body is complete when it ends without an error: its length is verified, and a connection that
   * breaks on the way is continued on the same version of the object.
   * @throws {ObjectNotFound}
   */
  get(key: string, options?: RequestOptions & { range?: ByteRange }): Promise<ObjectBody>;

  /** @throws {ObjectNotFound} */
  head(key: string, options?: RequestOptions): Promise<ObjectProperties>;

  /** Every object whose key begins with `prefix`, in the store's order, page by page as it is consumed. */
  list(prefix: string, options?: RequestOptions): AsyncIterable<ObjectProperties>;

  /** Deletes the objects; those that do not exist count as deleted. Returns how many keys were given. */
  delete(keys: AsyncIterable<string> | Iterable<string>, options?: RequestOptions): Promise<number>;

  /** Closes idle connections. */
  close(): void;
}

export interface RequestOptions {
  signal?: AbortSignal;
}

/** Positions of the first and the last byte; without `last` to the end. */
export interface ByteRange {
  first: number;
  last?: number;
}

/** `size` in bytes, `modified` as RFC 3339, `etag` as the store gives it. */
export interface ObjectProperties {
  key: string;
  size: number;
  etag?: string;
  modified?: string;
}

/** `size` is that of the whole object, also when a range was asked for. */
export interface ObjectBody extends ObjectProperties {
  body: AsyncIterable<Uint8Array>;
}

/** A store refused or could not be reached. `code` is the store's own word for it (`AccessDenied`, `SlowDown`, `ECONNREFUSED`). */
export class ObjectStoreError extends Error {
  override name = 'ObjectStoreError';
  readonly code: string;
  /** What to do next, one sentence. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }
}

/** No object of that key. Its text is the original's. */
export class ObjectNotFound extends ObjectStoreError {
  override name = 'ObjectNotFound';
  readonly key: string;

  constructor(key: string, options: ErrorOptions = {}) {
    super('NoSuchKey', 'not found', {
      ...options,
      hint: `there is no object ${JSON.stringify(key)} in the bucket`,
    });
    this.key = key;
  }
}

/** The bucket can't be used because it does not exist. */
export class BucketNotFound extends ObjectStoreError {
  override name = 'BucketNotFound';

  constructor(bucket: string, options: ErrorOptions = {}) {
    super('NoSuchBucket', `failed to get bucket ${bucket}: not found`, {
      ...options,
      hint: 'create the bucket, or correct bucket, endpoint and region of the Profile',
    });
  }
}

/** The credentials are unknown, wrong, or lack the right. */
export class AccessDenied extends ObjectStoreError {
  override name = 'AccessDenied';
}

/** The stream is longer than the store's limits on parts allow; `limit` in bytes. */
export class StreamTooLarge extends ObjectStoreError {
  override name = 'StreamTooLarge';

  constructor(limit: number) {
    super('EntityTooLarge', `the stream is longer than ${limit} bytes, the most that one object can hold`, {
      hint: 'split the dump, or compress it before it is pushed',
    });
  }
}

/** A Profile that can't be used as it is. */
export class InvalidProfile extends Error {
  override name = 'InvalidProfile';
  /** What to do next, one sentence. */
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string } = {}) {
    super(message);
    this.hint = options.hint;
  }
}
