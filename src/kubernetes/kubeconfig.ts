import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecPlugin } from './exec-plugin.ts';
import type { Json } from './objects.ts';
import { parseYaml } from './yaml.ts';

/** A cluster of a kubeconfig, with its files' paths made absolute. */
export interface KubeCluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  extensions?: { name: string; extension: Json }[];
}

export interface KubeUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: ExecPlugin;
  'auth-provider'?: { name: string };
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
}

export interface KubeContext {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** Something that was named in a file, which is in `directory`. */
interface Entry<T> {
  value: T;
  directory: string;
}

export interface KubeConfig {
  currentContext: string;
  contexts: Map<string, Entry<KubeContext>>;
  clusters: Map<string, Entry<KubeCluster>>;
  users: Map<string, Entry<KubeUser>>;
}

/**
 * Reads and merges kubeconfig files as kubectl does: of what two files define, the first one's counts. Files that don't exist
 * are passed over.
 * @throws {InvalidYaml} naming the file.
 */
export async function readKubeConfig(files: string[]): Promise<KubeConfig> {
  const merged: KubeConfig = {
    currentContext: '',
    contexts: new Map(),
    clusters: new Map(),
    users: new Map(),
  };
  for (const file of files) {
    const text = await readIfThere(file);
    if (text === undefined) continue;
    const config = parseFile(text, file);
    const directory = path.dirname(path.resolve(file));
    merged.currentContext ||= config['current-context'] ?? '';
    addMissing(merged.contexts, config.contexts, directory, ({ context }) => context);
    addMissing(
      merged.clusters,
      config.clusters,
      directory,
      ({ cluster }) => cluster && withPaths(cluster, directory),
    );
    addMissing(merged.users, config.users, directory, ({ user }) => user && withPaths(user, directory));
  }
  return merged;
}

/** KUBECONFIG's files, or `~/.kube/config`. */
export function kubeConfigFiles(env: Record<string, string | undefined>): string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) return listed;
  return env['HOME'] ? [path.join(env['HOME'], '.kube', 'config')] : [];
}

interface KubeConfigFile {
  'current-context'?: string;
  contexts?: { name: string; context?: KubeContext }[] | null;
  clusters?: { name: string; cluster?: KubeCluster }[] | null;
  users?: { name: string; user?: KubeUser }[] | null;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseFile(text: string, file: string): KubeConfigFile {
  const value = parseYaml(text, file);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`${file} is not a kubeconfig: expected a mapping with clusters, users and contexts`);
  }
  return value;
}

function addMissing<N extends { name: string }, T>(
  merged: Map<string, Entry<T>>,
  named: N[] | null | undefined,
  directory: string,
  pick: (item: N) => T | undefined,
): void {
  for (const item of named ?? []) {
    const value = pick(item);
    if (value && !merged.has(item.name)) merged.set(item.name, { value, directory });
  }
}

const PATH_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const;

function withPaths<T extends { [name in (typeof PATH_FIELDS)[number]]?: string }>(
  fields: T,
  directory: string,
): T {
  const absolute = PATH_FIELDS.flatMap((name) => {
    const file = fields[name];
    return file ? [[name, path.resolve(directory, file)]] : [];
  });
  return { ...fields, ...Object.fromEntries(absolute) };
}
