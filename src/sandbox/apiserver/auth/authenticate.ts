import { badRequest } from '../status-error.ts';
import type { ServerContext } from '../server-context.ts';
import { ISSUER, holderOf } from './service-account-token.ts';
import type { TokenHolder } from './service-account-token.ts';
import { AUTHENTICATED, MASTERS } from './user.ts';
import type { User } from './user.ts';

/** Who holds an administrator's token, and whoever comes where no tokens are asked for. */
export const ADMINISTRATOR: User = { username: 'kubernetes-admin', groups: [MASTERS, AUTHENTICATED] };

/** Of tokens for the API server itself. */
const OWN_AUDIENCES = [ISSUER];

/** Who shows a token. @param audiences for whom it has to be meant; for this server when empty */
export function tokenHolder(
  { tokenSigner, administratorTokens, store, clock }: ServerContext,
  token: string,
  audiences: string[] = [],
): TokenHolder {
  const wanted = audiences.length > 0 ? audiences : OWN_AUDIENCES;
  if (administratorTokens?.includes(token)) return { user: ADMINISTRATOR, audiences: wanted };
  const claims = tokenSigner.read(token);
  if (!claims) return { error: 'invalid bearer token' };
  const holder = holderOf(store, token, claims, { now: clock.now(), audiences: wanted });
  return 'error' in holder ? { error: `[invalid bearer token, ${holder.error}]` } : holder;
}

/** The bearer token of a request, `undefined` where it has none. WebSockets of browsers carry it as a sub-protocol. */
export function bearerToken(headers: Record<string, string>): string | undefined {
  const token = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token !== undefined) return token;
  const prefix = 'base64url.bearer.authorization.k8s.io.';
  const protocol = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((text) => text.trim())
    .find((text) => text.startsWith(prefix));
  if (protocol === undefined) return undefined;
  const decoded = Buffer.from(protocol.slice(prefix.length), 'base64url').toString('utf8');
  if (decoded === '') throw badRequest('the bearer token of the WebSocket request cannot be decoded');
  return decoded;
}
