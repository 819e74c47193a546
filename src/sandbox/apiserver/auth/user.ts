/** Who sends a request, as far as rights, audit and admission go. */
export interface User {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

/** Members may do everything, whatever the roles say. */
export const MASTERS = 'system:masters';
export const AUTHENTICATED = 'system:authenticated';
export const UNAUTHENTICATED = 'system:unauthenticated';

/** Who has shown no credential at all. */
export const ANONYMOUS: User = { username: 'system:anonymous', groups: [UNAUTHENTICATED] };

const SERVICE_ACCOUNT = 'system:serviceaccount:';

export const serviceAccountUsername = (namespace: string, name: string): string =>
  `${SERVICE_ACCOUNT}${namespace}:${name}`;

export const serviceAccountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

/** The account that a user name stands for, where it is a service account's. */
export function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(SERVICE_ACCOUNT)) return undefined;
  const parts = username.slice(SERVICE_ACCOUNT.length).split(':');
  const [namespace, name] = parts;
  if (parts.length !== 2 || !namespace || !name) return undefined;
  return { namespace, name };
}
