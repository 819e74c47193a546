/**
 * Keys of Secrets whose values are credentials, and hidden however short they are: those of Profiles (`secrets.kanister.io/*`), of Kubernetes' own types
 * (basic-auth, ssh-auth, tls, dockerconfigjson), of repository passwords, and the keys that charts of databases use.
 */
export function isCredentialKey(key: string): boolean {
  return CREDENTIAL_KEYS.has(key.toLowerCase().replaceAll('_', '-'));
}

const CREDENTIAL_KEYS = new Set([
  'aws-secret-access-key',
  'aws-session-token',
  'azure-storage-key',
  'azure-storage-connection-string',
  'client-secret',
  'connection-string',
  'kopia-password',
  'passphrase',
  'password',
  'postgres-password',
  'private-key',
  'repo-password',
  'restic-password',
  'root-password',
  'secret-access-key',
  'secret-key',
  'secretkey',
  'ssh-privatekey',
  'tls.key',
  'token',
  'user-passphrase',
  'userpassphrase',
]);

/** Names of settings, whatever is around them, whose values are credentials. */
const CREDENTIAL_NAME =
  /password|passwd|passphrase|secret|token|private_?key|access_?key|api_?key|account_?key|\bauth$/i;
const SETTING = /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[:=]\s*["']?(.*?)["']?[,;]?\s*$/;
const USER_OF_URL = /:\/\/[^\s/@:]*:([^\s/@]+)@/g;
const ACCOUNT_KEY = /\b(?:AccountKey|SharedAccessSignature|Password|Pwd)=([^;\s]+)/gi;

/** The credentials inside of a value: of JSON (a service account's key), of settings in lines, of connection strings. */
export function credentialParts(value: string): string[] {
  const parts: string[] = [];
  for (const line of value.split(/\r?\n/)) {
    const [, name = '', setting = ''] = SETTING.exec(line) ?? [];
    if (CREDENTIAL_NAME.test(name)) parts.push(setting);
  }
  for (const [, password = ''] of value.matchAll(USER_OF_URL)) parts.push(password, decoded(password));
  for (const [, key = ''] of value.matchAll(ACCOUNT_KEY)) parts.push(key);
  if (value.trimStart().startsWith('{')) collect(parseJson(value), parts);
  return [...new Set(parts)];
}

function collect(json: unknown, parts: string[]): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === 'string' && CREDENTIAL_NAME.test(name)) parts.push(value);
    else collect(value, parts);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it only looks like JSON, and is hidden as the text that it is
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a password with a percent sign that was not encoded
  }
}
