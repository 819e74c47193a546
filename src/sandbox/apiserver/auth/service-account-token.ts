import { fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import type { Store } from '../store.ts';
import { AUTHENTICATED, serviceAccountGroups, serviceAccountUsername } from './user.ts';
import type { User } from './user.ts';

export const ISSUER = 'https://kubernetes.default.svc';
/** Of tokens that stand in Secrets: they last until their Secret or account is deleted. */
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount/';

/** Clocks may differ by so much, and what is marked for deletion is valid for as long. */
const LEEWAY_SECONDS = 60;

/** What a token is bound to besides its account: it ends with it. */
export interface Bound {
  pod?: ApiObject;
  node?: { metadata: { name: string; uid?: string } };
  secret?: ApiObject;
}

/** The claims of a token for an account, as Kubernetes puts them. Times in seconds since 1970. */
export function accountClaims(
  { metadata }: ApiObject,
  bound: Bound,
  token: { id: string; audiences: string[]; issued: number; expires: number; warnAfter?: number },
): Fields {
  const { namespace = '', name } = metadata;
  const reference = (object: Bound['node']) =>
    object && { name: object.metadata.name, ...(object.metadata.uid && { uid: object.metadata.uid }) };
  return {
    aud: token.audiences,
    exp: token.expires,
    iat: token.issued,
    iss: ISSUER,
    jti: token.id,
    'kubernetes.io': {
      namespace,
      ...(bound.node && { node: reference(bound.node) }),
      ...(bound.pod && { pod: reference(bound.pod) }),
      ...(bound.secret && { secret: reference(bound.secret) }),
      serviceaccount: reference({ metadata }),
      ...(token.warnAfter !== undefined && { warnafter: token.warnAfter }),
    },
    nbf: token.issued,
    sub: serviceAccountUsername(namespace, name),
  };
}

/** The claims of a token that stands in a Secret. */
export function secretClaims(account: ApiObject, secret: ApiObject): Fields {
  const { namespace = '', name, uid = '' } = account.metadata;
  return {
    iss: LEGACY_ISSUER,
    [`${LEGACY}namespace`]: namespace,
    [`${LEGACY}secret.name`]: secret.metadata.name,
    [`${LEGACY}service-account.name`]: name,
    [`${LEGACY}service-account.uid`]: uid,
    sub: serviceAccountUsername(namespace, name),
  };
}

export type TokenHolder = { user: User; audiences: string[] } | { error: string };

/** Whom the claims of one of our tokens stand for now, or why they no longer hold. */
export function holderOf(
  store: Store,
  token: string,
  claims: Fields,
  options: { now: Date; audiences: string[] },
): TokenHolder {
  if (claims.iss === LEGACY_ISSUER) return secretHolder(store, token, claims);
  const seconds = options.now.getTime() / 1000;
  const at = (claim: string): number => Number(claims[claim] ?? 0);
  if (seconds > at('exp') + LEEWAY_SECONDS) return { error: 'service account token has expired' };
  if (seconds < at('nbf') - LEEWAY_SECONDS) return { error: 'service account token is not valid yet' };
  const own = listOf(claims.aud).map(textOf);
  const audiences = options.audiences.filter((audience) => own.includes(audience));
  if (audiences.length === 0) {
    return {
      error: `token audiences ${goList(own)} is invalid for the target audiences ${goList(options.audiences)}`,
    };
  }

  const bound = fieldsOf(claims['kubernetes.io']);
  const namespace = textOf(bound.namespace);
  const { name, uid } = named(bound.serviceaccount);
  const account = store.get('serviceaccounts', namespace, name);
  if (!account) return { error: `serviceaccounts ${JSON.stringify(name)} not found` };
  if (account.metadata.uid !== uid) {
    return { error: `service account UID (${account.metadata.uid ?? ''}) does not match claim (${uid})` };
  }
  if (isEnded(account, seconds)) return { error: `service account ${namespace}/${name} has been deleted` };
  const lost = lostBinding(store, namespace, bound, seconds);
  if (lost !== undefined) return { error: lost };
  const { pod, node } = bound;
  return {
    audiences,
    user: {
      ...accountUser(account),
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${textOf(claims.jti)}`],
        ...(node !== undefined && {
          'authentication.kubernetes.io/node-name': [named(node).name],
          'authentication.kubernetes.io/node-uid': [named(node).uid],
        }),
        ...(pod !== undefined && {
          'authentication.kubernetes.io/pod-name': [named(pod).name],
          'authentication.kubernetes.io/pod-uid': [named(pod).uid],
        }),
      },
    },
  };
}

function lostBinding(store: Store, namespace: string, bound: Fields, seconds: number): string | undefined {
  const check = (kind: string, claim: unknown, object: ApiObject | undefined): string | undefined => {
    const { uid } = named(claim);
    if (!object) return 'service account token has been invalidated';
    if (object.metadata.uid !== uid) {
      const own = object.metadata.uid ?? '';
      return `${kind} UID (${own}) does not match service account ${kind.toLowerCase()} ref claim (${uid})`;
    }
    return isEnded(object, seconds) ? 'service account token has been invalidated' : undefined;
  };
  const { secret, pod, node } = bound;
  if (secret !== undefined) {
    return check('secret', secret, store.get('secrets', namespace, named(secret).name));
  }
  if (pod !== undefined) return check('pod', pod, store.get('pods', namespace, named(pod).name));
  return node === undefined
    ? undefined
    : check('node', node, store.get('nodes', undefined, named(node).name));
}

function secretHolder(store: Store, token: string, claims: Fields): TokenHolder {
  const claim = (name: string): string => textOf(claims[`${LEGACY}${name}`]);
  const namespace = claim('namespace');
  const secret = store.get('secrets', namespace, claim('secret.name'));
  if (!secret || secret.metadata.deletionTimestamp) return { error: 'Token has been invalidated' };
  const stored = Buffer.from(textOf(valueAt(secret, 'data', 'token')), 'base64').toString('utf8');
  if (stored !== token) return { error: "Token does not match server's copy" };
  const name = claim('service-account.name');
  const account = store.get('serviceaccounts', namespace, name);
  if (!account) return { error: `serviceaccounts ${JSON.stringify(name)} not found` };
  if (account.metadata.deletionTimestamp) {
    return { error: `ServiceAccount ${namespace}/${name} has been deleted` };
  }
  const { uid = '' } = account.metadata;
  const claimed = claim('service-account.uid');
  if (uid !== claimed) return { error: `ServiceAccount UID (${uid}) does not match claim (${claimed})` };
  return { audiences: [ISSUER], user: accountUser(account) };
}

function accountUser({ metadata }: ApiObject): User {
  const { namespace = '', name, uid } = metadata;
  return {
    username: serviceAccountUsername(namespace, name),
    ...(uid !== undefined && { uid }),
    groups: [...serviceAccountGroups(namespace), AUTHENTICATED],
  };
}

const isEnded = ({ metadata }: ApiObject, seconds: number): boolean =>
  metadata.deletionTimestamp !== undefined &&
  Date.parse(metadata.deletionTimestamp) / 1000 < seconds - LEEWAY_SECONDS;

function named(reference: unknown): { name: string; uid: string } {
  const { name, uid } = fieldsOf(reference);
  return { name: textOf(name), uid: textOf(uid) };
}

/** As Go prints a list of texts with %q. */
const goList = (list: string[]): string => `[${list.map((item) => JSON.stringify(item)).join(' ')}]`;
