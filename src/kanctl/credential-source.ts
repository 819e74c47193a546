import type { KanctlHost } from './host.ts';
import { UsageError } from './usage-error.ts';

/** One credential, and the places where it may be given. */
export interface CredentialSource {
  /** Of the flag that holds it. */
  flag: string;
  value: string;
  /** Of the flag that names a file; `-` is the standard input. */
  file: string;
  environment: string;
}

/**
 * The values of credentials: of the flag, else of the file, else of the environment. A line break at a file's end does not
 * belong to the value.
 * @throws {UsageError} that names all missing flags, with the original's text
 */
export async function readCredentials<K extends string>(
  sources: Record<K, CredentialSource>,
  host: KanctlHost,
): Promise<Record<K, string>> {
  const entries = Object.entries<CredentialSource>(sources);
  const missing = entries.filter(([, { value, file, environment }]) => !value && !file && !environment);
  if (missing.length > 0) {
    throw new UsageError(`required flag(s) ${missing.map(([, { flag }]) => `"${flag}"`).join(', ')} not set`);
  }
  if (entries.filter(([, { value, file }]) => !value && file === '-').length > 1) {
    throw new UsageError('only one credential can be read from the standard input');
  }
  const values = await Promise.all(
    entries.map(async ([name, source]) => [name, await readCredential(source, host)] as const),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are those of `sources`
  return Object.fromEntries(values) as Record<K, string>;
}

async function readCredential(
  { flag, value, file, environment }: CredentialSource,
  host: KanctlHost,
): Promise<string> {
  if (value) return value;
  if (!file) return environment;
  const content = file === '-' ? await readStandardInput(host) : await readTextFile(file);
  const credential = content.replace(/\r?\n$/, '');
  if (credential === '')
    throw new Error(`${file === '-' ? 'the standard input' : file} is empty, but ${flag} is expected there`);
  return credential;
}

export async function readStandardInput({ stdin }: KanctlHost): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return await text(stdin);
}

/** @throws {Error} with the text of the original's platform: `open FILE: no such file or directory` */
export async function readTextFile(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const reasons: Record<string, string> = {
      ENOENT: 'no such file or directory',
      EACCES: 'permission denied',
      EISDIR: 'is a directory',
    };
    throw new Error(`open ${path}: ${reasons[String(error.code)] ?? error.message}`, { cause: error });
  }
}
