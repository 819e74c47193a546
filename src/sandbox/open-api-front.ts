import type { HttpApiServer } from './apiserver/http-server.ts';
import { isTaken, openAtFormerPort } from './network/former-port.ts';
import type { SandboxIdentity } from './state/identity.ts';
import { openTlsFront, type TlsFront } from './tls/tls-front.ts';

/** Opens the API to others, at the port that is asked for, or else at the one that kubeconfigs from before name, if it is still free. */
export async function openApiFront(
  accept: HttpApiServer['accept'],
  options: Pick<SandboxIdentity, 'tls' | 'host' | 'apiPort'> & {
    port: number | undefined;
    log(message: string): void;
  },
): Promise<TlsFront> {
  const { tls, host, apiPort, port, log } = options;
  const open = (at: number) => openTlsFront(tls, { host, port: at }, accept);
  if (!port)
    return openAtFormerPort(apiPort, open, (taken) =>
      log(`port ${taken} is taken: kubeconfigs from before no longer work`),
    );
  try {
    return await open(port);
  } catch (error) {
    const why = isTaken(error) ? 'something else listens there' : String(error);
    throw new Error(
      `the API server can't listen on port ${port} of ${host}: ${why}; choose another with --port`,
      {
        cause: error,
      },
    );
  }
}
