import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { imageName } from '../../../src/sandbox/images/image-table.ts';
import { MANIFEST_TYPE } from './build-images.ts';
import type { BuiltImages } from './build-images.ts';
import type { ImageStore } from './image-store.ts';

export interface Registry {
  port: number;
  close(): Promise<void>;
}

export interface RegistryOptions {
  store: ImageStore;
  images: BuiltImages;
  host: string;
  /** Any free one when 0. */
  port: number;
  /** Told of what went wrong here, rather than at the client. */
  onError(error: unknown): void;
}

/**
 * Serves images for pulling (OCI distribution, read only), as the mirror of all registries at once: the last segment of a repository is the
 * image's name, any tag is the one that there is. Unknown names and digests get 404, as does a push.
 */
export async function startRegistry({
  store,
  images,
  host,
  port,
  onError,
}: RegistryOptions): Promise<Registry> {
  const server = createServer((request, response) => {
    answer(request, response, { store, images }).catch((error: unknown) => {
      // The client hangs up when it has enough: that is no fault of ours.
      if (!request.socket.destroyed) onError(error);
      response.destroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no TCP address');
  return {
    port: address.port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const REQUEST = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { store, images }: { store: ImageStore; images: BuiltImages },
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://registry');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, 405, 'UNSUPPORTED', 'only pulls');
  if (pathname === '/v2/' || pathname === '/v2') return void response.end('{}');
  const [, repository = '', kind, reference = ''] = REQUEST.exec(pathname) ?? [];
  const manifest = images[imageName(repository)];
  if (kind === undefined || manifest === undefined) {
    return refuse(response, 404, 'NAME_UNKNOWN', `there is no image ${repository || pathname}`);
  }
  const digest = reference.startsWith('sha256:') || kind === 'blobs' ? reference : manifest.digest;
  const size = kind === 'manifests' && digest !== manifest.digest ? undefined : await store.size(digest);
  if (size === undefined) {
    const code = kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN';
    return refuse(response, 404, code, `${repository} has no ${reference}`);
  }
  response.writeHead(200, {
    'content-type': kind === 'manifests' ? MANIFEST_TYPE : 'application/octet-stream',
    'content-length': size,
    'docker-content-digest': digest,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(store.read(digest), response);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
