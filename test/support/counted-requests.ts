import type { Transport, TransportRequest } from '../../src/kubernetes/transport.ts';

export interface CountedRequests {
  transport: Transport;
  /** Each request since the last call, as `PUT actionsets`; connections for execs and the like as `CONNECT pods`. */
  take(): string[];
}

/** Counts what goes to the API server where it is sent, so that retries count too. Leases are left out: they are of no action. */
export function countRequests(transport: Transport): CountedRequests {
  let counted: string[] = [];
  const count = (method: string, path: string) => {
    const resource = resourceOf(path);
    if (resource !== 'leases') counted.push(`${method} ${resource}`);
  };
  return {
    transport: {
      send(request: TransportRequest) {
        count(isWatch(request) ? 'WATCH' : request.method, request.path);
        return transport.send(request);
      },
      connect(request) {
        count('CONNECT', request.path);
        return transport.connect(request);
      },
      close: () => transport.close(),
    },
    take() {
      const taken = counted;
      counted = [];
      return taken;
    },
  };
}

const isWatch = ({ query = [] }: TransportRequest): boolean =>
  query.some(([name, value]) => name === 'watch' && value === 'true');

/** `/apis/GROUP/VERSION/namespaces/NAME/RESOURCE/…`; of a namespace itself, `namespaces`. */
function resourceOf(path: string): string {
  const [root, ...rest] = path.split('/').filter((part) => part !== '');
  const below = rest.slice(root === 'api' ? 1 : 2);
  return (below[0] === 'namespaces' && below.length > 2 ? below[2] : below[0]) ?? path;
}
