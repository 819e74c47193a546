import { internalError } from '../status-error.ts';
import type { Authorizer } from './authorizer.ts';
import { refuseForbidden } from './refuse-forbidden.ts';
import { ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, serviceAccountGroups, serviceAccountOf } from './user.ts';
import type { User } from './user.ts';

const EXTRA = 'impersonate-extra-';

/**
 * The user that a request is to be taken for (`Impersonate-User` and its companions), or the one that sends it.
 * @param headers names in lower case; a repeated header's values joined by commas
 * @throws {StatusError} 403 where the sender may not act as that user, 500 where there is no user to act as
 */
export function impersonated(sender: User, headers: Record<string, string>, authorizer: Authorizer): User {
  const username = headers['impersonate-user'] ?? '';
  const uid = headers['impersonate-uid'] ?? '';
  const asked = valuesOf(headers['impersonate-group']);
  const extra = Object.entries(headers)
    .filter(([name]) => name.startsWith(EXTRA))
    .map(([name, value]): [string, string[]] => [unescaped(name.slice(EXTRA.length)), valuesOf(value)]);
  if (username === '') {
    if (uid === '' && asked.length === 0 && extra.length === 0) return sender;
    throw internalError('groups, a UID or extra fields were to be impersonated without a user');
  }

  const check = (subject: {
    resource: string;
    name: string;
    namespace?: string;
    group?: string;
    subresource?: string;
  }) =>
    refuseForbidden(authorizer, {
      user: sender,
      verb: 'impersonate',
      path: '',
      resource: { group: '', version: '', namespace: '', subresource: '', ...subject },
    });
  const account = serviceAccountOf(username);
  check(account ? { resource: 'serviceaccounts', ...account } : { resource: 'users', name: username });
  for (const name of asked) check({ resource: 'groups', name });
  const group = 'authentication.k8s.io';
  for (const [subresource, values] of extra) {
    for (const name of values) check({ group, resource: 'userextras', subresource, name });
  }
  if (uid !== '') check({ group, resource: 'uids', name: uid });

  const groups = asked.length === 0 && account ? serviceAccountGroups(account.namespace) : asked;
  return {
    username,
    groups: [...groups, ...impliedGroups(username, groups)],
    ...(uid && { uid }),
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
  };
}

function impliedGroups(username: string, groups: string[]): string[] {
  if (groups.includes(UNAUTHENTICATED)) return [];
  if (username === ANONYMOUS.username) return [UNAUTHENTICATED];
  return groups.includes(AUTHENTICATED) ? [] : [AUTHENTICATED];
}

const valuesOf = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** Characters that a header's name can't hold are percent-encoded; what does not decode is taken as it is. */
function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
