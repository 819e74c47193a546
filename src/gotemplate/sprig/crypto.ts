import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { define, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { fromBytes, toBytes } from '../go-string.ts';
import { string } from '../value.ts';
import { faultInBase64 } from './encoding.ts';
import type { RandomSource } from './prime.ts';
import { generateEcKey, generateRsaKey } from './private-key.ts';

/** sprig's hashes, keys and encryption, with the restrictions that Kanister puts on them. */
export function cryptoFunctions(random: RandomSource): FunctionMap {
  return {
    sha1sum: define(['string'], (text) => string(createHash('sha1').update(toBytes(text)).digest('hex'))),
    sha256sum: define(['string'], (text) => string(createHash('sha256').update(toBytes(text)).digest('hex'))),
    adler32sum: define(['string'], (text) => string(String(adler32(toBytes(text))))),
    uuidv4: define([], () => string(uuid(random(16)))),
    genPrivateKey: { ...define(['string'], (type) => string(privateKey(type, random))), steps: 1_000_000 },
    derivePassword: define(['uint32', 'string', 'string', 'string', 'string'], () =>
      refuse('derivePassword'),
    ),
    encryptAES: define(['string', 'string'], (password, text) => string(encrypt(password, text, random(16)))),
    decryptAES: define(['string', 'string'], (password, text) => string(decrypt(password, text))),
  };
}

function refuse(usage: string): never {
  throw new FunctionError(
    `sprig usage of '${usage}' is not allowed by kanister as it is not FIPS compatible`,
  );
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

function uuid(bytes: Uint8Array): string {
  const marked = Buffer.from(bytes);
  marked.writeUInt8((marked.readUInt8(6) & 0x0f) | 0x40, 6);
  marked.writeUInt8((marked.readUInt8(8) & 0x3f) | 0x80, 8);
  return marked.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function privateKey(type: string, random: RandomSource): string {
  switch (type) {
    case 'rsa':
      return generateRsaKey(4096, random).export({ type: 'pkcs1', format: 'pem' }).toString();
    case 'ecdsa':
      return generateEcKey(random).export({ type: 'sec1', format: 'pem' }).toString();
    // Kanister lets it through, but sprig 2.22 does not know it.
    case 'ed25519':
      return 'Unknown type ed25519';
    default:
      return refuse(`genPrivateKey for ${type}`);
  }
}

/** The password itself is the AES-256 key, cut or filled with zeros to 32 bytes; CBC, with the vector in front. */
function keyOf(password: string): Uint8Array {
  const key = new Uint8Array(32);
  key.set(toBytes(password).subarray(0, 32));
  return key;
}

function encrypt(password: string, text: string, vector: Uint8Array): string {
  if (text === '') return '';
  const cipher = createCipheriv('aes-256-cbc', keyOf(password), vector);
  return Buffer.concat([vector, cipher.update(toBytes(text)), cipher.final()]).toString('base64');
}

function decrypt(password: string, text: string): string {
  if (text === '') return '';
  const fault = faultInBase64(toBytes(text));
  if (fault !== undefined) throw new FunctionError(`illegal base64 data at input byte ${fault}`);
  const encrypted = Buffer.from(text, 'base64');
  if (encrypted.length < 16) {
    // Go's decoder reserves three bytes for every four characters that are no line ends.
    const reserved = Math.trunc(text.length / 4) * 3;
    throw new FunctionError(`runtime error: slice bounds out of range [:16] with capacity ${reserved}`);
  }
  if (encrypted.length % 16 !== 0) throw new FunctionError('crypto/cipher: input not full blocks');
  if (encrypted.length === 16) throw new FunctionError('runtime error: index out of range [-1]');
  const decipher = createDecipheriv('aes-256-cbc', keyOf(password), encrypted.subarray(0, 16)).setAutoPadding(
    false,
  );
  const padded = Buffer.concat([decipher.update(encrypted.subarray(16)), decipher.final()]);
  const end = padded.length - (padded.at(-1) ?? 0);
  if (end < 0) throw new FunctionError(`runtime error: slice bounds out of range [:${end}]`);
  return fromBytes(padded.subarray(0, end));
}
