/** The checksums that clients send with a body: of the standard library, and CRC-32C, which it lacks. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './s3-error.ts';

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Base64, as in the header. */
  digest(): string;
}

const CHECKSUMS: Record<string, () => Checksum> = {
  'content-md5': () => hashChecksum('md5'),
  'x-amz-checksum-sha1': () => hashChecksum('sha1'),
  'x-amz-checksum-sha256': () => hashChecksum('sha256'),
  'x-amz-checksum-crc32': () => crcChecksum((bytes, crc) => crc32(bytes, crc)),
  'x-amz-checksum-crc32c': () => crcChecksum(crc32c),
};

/** The checksum of a header's or trailer's name; undefined when it is none. @throws {S3Error} for one that is not built in */
export function checksumOf(header: string): Checksum | undefined {
  if (/^x-amz-checksum-(algorithm|type|mode)$/.test(header)) return undefined;
  const create = CHECKSUMS[header];
  if (create === undefined && header.startsWith('x-amz-checksum-')) {
    throw new S3Error(
      'NotImplemented',
      `The checksum ${header} is not supported; use crc32, crc32c, sha1 or sha256.`,
    );
  }
  return create?.();
}

function hashChecksum(algorithm: string): Checksum {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
}

function crcChecksum(next: (bytes: Uint8Array, crc: number) => number): Checksum {
  let crc = 0;
  return {
    update(bytes) {
      crc = next(bytes, crc);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
}

/** Castagnoli's polynomial, reflected. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(bytes: Uint8Array, crc: number): number {
  let value = ~crc;
  for (const byte of bytes) value = (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}
