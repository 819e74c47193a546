import { fieldsOf, textOf, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { secretClaims } from './service-account-token.ts';

const TYPE = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/**
 * Fills Secrets of type kubernetes.io/service-account-token with a token of the account that they name, and deletes those
 * whose account is gone, until the server stops. What is done here needs the key that signs, so it is no controller's.
 */
export function fillTokenSecrets(context: ServerContext): void {
  const { store } = context;
  follow(context, 'secrets', (secret, gone) => {
    if (!gone && secret.type === TYPE) settle(context, secret);
  });
  follow(context, 'serviceaccounts', ({ metadata }) => {
    for (const secret of store.list('secrets', metadata.namespace)) {
      if (secret.type === TYPE && annotation(secret, NAME) === metadata.name) settle(context, secret);
    }
  });
  for (const secret of store.list('secrets')) if (secret.type === TYPE) settle(context, secret);
}

/** Tells of each change of a storage, soon after it was made. */
function follow(
  { store, stopped }: ServerContext,
  storage: string,
  onChange: (object: ApiObject, gone: boolean) => void,
): void {
  let cursor = store.eventsAfter(storage, store.version);
  const look = (): void => {
    if (stopped.aborted) return;
    for (let event = cursor?.next(); event; event = cursor?.next()) {
      if (event === 'compacted') {
        // What happened meanwhile is seen in the objects that there are.
        cursor = store.eventsAfter(storage, store.version);
        for (const object of store.list(storage)) onChange(object, false);
      } else onChange(event.object, event.type === 'DELETED');
    }
    cursor?.onEvent(() => queueMicrotask(look));
  };
  look();
}

function settle({ store, tokenSigner }: ServerContext, { metadata }: ApiObject): void {
  const secret = store.get('secrets', metadata.namespace, metadata.name);
  if (!secret || secret.metadata.deletionTimestamp) return;
  const account = store.get('serviceaccounts', metadata.namespace, annotation(secret, NAME));
  const uid = annotation(secret, UID);
  if (!account || (uid !== '' && uid !== account.metadata.uid)) {
    store.remove('secrets', secret);
    return;
  }
  const certificateAuthority = textOf(
    valueAt(store.get('configmaps', metadata.namespace, 'kube-root-ca.crt'), 'data', 'ca.crt'),
  );
  const data = fieldsOf(secret.data);
  const missing = {
    ...(certificateAuthority !== '' && { 'ca.crt': encoded(certificateAuthority) }),
    namespace: encoded(metadata.namespace ?? ''),
    ...(data.token === undefined && { token: encoded(tokenSigner.sign(secretClaims(account, secret))) }),
  };
  if (uid !== '' && Object.entries(missing).every(([key, value]) => data[key] === value)) return;
  store.put('secrets', {
    ...secret,
    metadata: {
      ...secret.metadata,
      annotations: { ...secret.metadata.annotations, [UID]: account.metadata.uid ?? '' },
    },
    data: { ...data, ...missing },
  });
}

const annotation = ({ metadata }: ApiObject, name: string): string => metadata.annotations?.[name] ?? '';

const encoded = (text: string): string => Buffer.from(text).toString('base64');
