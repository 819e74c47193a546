import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxImage } from '../../src/sandbox/images/image-table.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Postgres } from './postgresql.ts';

/**
 * What the sandbox runs for `postgres`, and for the tools image with PostgreSQL's clients.
 */
export async function postgresImages(postgres: Postgres, { imagesFolder }: Sandbox): Promise<SandboxImage[]> {
  const entrypoint = join(imagesFolder, 'postgres-entrypoint.sh');
  await copyFile(join(import.meta.dirname, 'postgres-entrypoint.sh'), entrypoint);
  await chmod(entrypoint, 0o755);
  return [
    { name: 'postgres', entrypoint: [entrypoint], command: ['postgres'], path: [postgres.bin] },
    {
      name: 'postgres-kanister-tools',
      path: [join(imagesFolder, 'kanister-tools'), postgres.bin],
      command: ['sh'],
    },
  ];
}
