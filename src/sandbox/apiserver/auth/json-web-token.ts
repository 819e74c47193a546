import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { fieldsOf, isFields } from '../json-value.ts';
import type { Fields } from '../json-value.ts';

/** Signs claims as JSON Web Tokens (RFC 7519, ES256), and reads them back. */
export interface TokenSigner {
  sign(claims: Fields): string;
  /** The claims, or `undefined` where the token is not one of ours. Whether they still hold is not looked at. */
  read(token: string): Fields | undefined;
  /** The public key as a JSON Web Key Set, by which others can check our tokens. */
  keySet(): object;
}

const HEADER = { alg: 'ES256' };
/** Checked signatures are remembered: a client shows the same token with each of its requests. */
const REMEMBERED = 1000;

/** @param pem the private key (PKCS #8, P-256); absent, one is made when the first token is asked for */
export function createTokenSigner(pem?: string): TokenSigner {
  let loaded: Keys | undefined;
  const keys = () => (loaded ??= keysFrom(pem === undefined ? createKey() : createPrivateKey(pem)));
  const remembered = new Map<string, Fields>();

  return {
    sign(claims) {
      const { privateKey, id } = keys();
      const content = `${encoded({ ...HEADER, kid: id })}.${encoded(claims)}`;
      const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${content}.${signature.toString('base64url')}`;
    },
    read(token) {
      const known = remembered.get(token);
      if (known) return known;
      const claims = checked(token, keys().publicKey);
      if (!claims) return undefined;
      const [oldest] = remembered.keys();
      if (remembered.size >= REMEMBERED && oldest !== undefined) remembered.delete(oldest);
      remembered.set(token, claims);
      return claims;
    },
    keySet() {
      const { publicKey, id } = keys();
      return { keys: [{ use: 'sig', kid: id, ...HEADER, ...publicKey.export({ format: 'jwk' }) }] };
    },
  };
}

interface Keys {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** Which key a token was signed with: a digest of the public one. */
  id: string;
}

const createKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function keysFrom(privateKey: KeyObject): Keys {
  const publicKey = createPublicKey(privateKey);
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { privateKey, publicKey, id };
}

function checked(token: string, key: KeyObject): Fields | undefined {
  const [header = '', claims = '', signature = '', ...more] = token.split('.');
  if (signature === '' || more.length > 0 || fieldsOf(decoded(header)).alg !== HEADER.alg) return undefined;
  const content = Buffer.from(`${header}.${claims}`);
  const isOurs = verify(
    'sha256',
    content,
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const read = isOurs ? decoded(claims) : undefined;
  return isFields(read) ? read : undefined;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch (error) {
    // Whoever shows something else has not got it from here.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
