import { fieldsOf, listOf, valueAt } from './json-value.ts';
import { randomUid } from './random-names.ts';
import type { ApiObject } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';

const DEFAULT_SECONDS = 3600;
/** What a kubelet asks for. Like a real API server with its default settings, this one takes such a token for a year. */
const KUBELET_SECONDS = 3607;
const YEAR = 365 * 24 * 3600;

/** POST serviceaccounts/NAME/token: a token that this server takes as the account, until it expires or the account or the server is gone. */
export function issueToken(context: ServerContext, account: ApiObject, body: unknown): object {
  const asked = valueAt(body, 'spec', 'expirationSeconds');
  const seconds = typeof asked === 'number' ? asked : DEFAULT_SECONDS;
  const { namespace = '', name, uid = '' } = account.metadata;
  const token = `sandbox-${randomUid(context.random)}-${randomUid(context.random)}`;
  const after = (lifetime: number) => new Date(context.clock.now().getTime() + lifetime * 1000);
  const expires = after(seconds === KUBELET_SECONDS ? YEAR : seconds);
  context.serviceAccountTokens.set(token, { namespace, name, uid, expires });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(context.clock.now()) },
    spec: {
      ...fieldsOf(valueAt(body, 'spec')),
      audiences: listOf(valueAt(body, 'spec', 'audiences')),
      expirationSeconds: seconds,
    },
    status: {
      token,
      expirationTimestamp: timestamp(after(seconds)),
    },
  };
}
