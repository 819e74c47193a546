import { UsageError } from './usage-error.ts';
import type { Connection, ConnectOptions, KanctlHost } from './host.ts';

/** Connects as the global flags say; the namespace is that of `-n`, or the context's. */
export async function connectTo(
  host: KanctlHost,
  { namespace, ...options }: ConnectOptions & { namespace: string },
): Promise<Connection> {
  const connection = await host.connect(options);
  return { client: connection.client, namespace: namespace || connection.namespace };
}

/** The same for `create`, where the original shows the usage when it finds no cluster configuration. */
export async function connectToCreate(
  host: KanctlHost,
  flags: ConnectOptions & { namespace: string },
): Promise<Connection> {
  try {
    return await connectTo(host, flags);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
