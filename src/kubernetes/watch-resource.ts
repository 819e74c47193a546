import type { Readable } from 'node:stream';
import { ApiError } from './api-error.ts';
import { jsonLines } from './json-lines.ts';
import type { KubernetesObject, Status, WatchEvent } from './objects.ts';
import { ConnectionFailed } from './transport.ts';

/**
 * The events of one watch connection, read no faster than they are taken. Ends when the server ends it.
 * @throws {ApiError} for an ERROR event; {@link ConnectionFailed} when the connection broke, which may be in the middle of an event.
 */
export async function* watchResource<T extends KubernetesObject>(
  open: () => Promise<Readable>,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const body = await open();
  try {
    for await (const event of jsonLines<ReceivedEvent<T>>(body as AsyncIterable<Uint8Array>)) {
      if (event.type === 'ERROR') {
        throw new ApiError(event.object.code ?? 500, event.object);
      }
      yield event;
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ApiError) throw error;
    const fault = error instanceof Error ? error.message : String(error);
    throw new ConnectionFailed(
      `the watch of ${path} broke: ${fault}`,
      { sent: true, transient: true },
      error,
    );
  } finally {
    body.destroy();
  }
}

type ReceivedEvent<T> =
  | { type: 'ERROR'; object: Status }
  | { type: Exclude<WatchEvent['type'], 'ERROR'>; object: T };
