import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxObjectStore } from '../../src/sandbox/sandbox-profile.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { postgresImages } from './postgres-images.ts';
import { locatePostgres } from './postgresql.ts';
import type { Postgres, PostgresSource } from './postgresql.ts';

/** Where the demo plays: a sandbox in a folder of its own, with images of PostgreSQL. */
export interface Stage extends Pick<Sandbox, 'url' | 'kubeconfig' | 'client'> {
  store: SandboxObjectStore;
  postgres: Postgres;
  /** Ends everything that runs in the sandbox, and removes the folder. */
  close(): Promise<void>;
}

export interface StageOptions {
  signal: AbortSignal;
  /** Where PostgreSQL is taken from; the first that is there when absent. */
  source: PostgresSource | undefined;
}

/** @throws {Error} when there is no PostgreSQL, or no sandbox can run here; nothing stays then. */
export async function openStage({ signal, source }: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'kanister-demo-'));
  await chmod(folder, 0o711); // PostgreSQL runs as another user when this one is root
  let sandbox: Sandbox | undefined;
  const close = async () => {
    await sandbox?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    sandbox = await startSandbox({ folder: join(folder, 'sandbox') });
    signal.throwIfAborted();
    const search = { cacheFolder: sandbox.imagesFolder, path: process.env['PATH'] };
    const postgres = await locatePostgres(source ? { ...search, source } : search);
    for (const image of await postgresImages(postgres, sandbox)) sandbox.addImage(image);
    const { url, kubeconfig, client, s3 } = sandbox;
    if (!s3) throw new Error('the sandbox has no object store');
    signal.throwIfAborted();
    return { url, kubeconfig, client, store: s3, postgres, close };
  } catch (error) {
    await close();
    throw error;
  }
}
