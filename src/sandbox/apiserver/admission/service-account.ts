import { fieldsOf, isFields, listOf, ownSpec, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { randomText } from '../random-names.ts';
import type { ServerContext } from '../server-context.ts';
import { forbidden } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** Where programs in a pod look for their credentials. */
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** An hour, and as long as clients may take to notice. */
const TOKEN_SECONDS = 3607;

/**
 * A pod runs as an account that there is, with its token in a volume. `default` is taken for granted: its controller makes it in every
 * namespace, a moment after the namespace.
 */
export function runAsServiceAccount(
  context: ServerContext,
  { definition, namespace = '', name, object }: AdmissionRequest,
): void {
  if (!object) return;
  const spec = ownSpec(object);
  if (textOf(spec.serviceAccountName) === '') spec.serviceAccountName = 'default';
  spec.serviceAccount = spec.serviceAccountName;
  const account = textOf(spec.serviceAccountName);
  const found = context.store.get('serviceaccounts', namespace, account);
  if (!found && account !== 'default') {
    throw forbidden(
      definition,
      name,
      `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`,
    );
  }
  const secrets = listOf(found?.imagePullSecrets);
  if (listOf(spec.imagePullSecrets).length === 0 && secrets.length > 0)
    spec.imagePullSecrets = structuredClone(secrets);
  const mounts = spec.automountServiceAccountToken ?? valueAt(found, 'automountServiceAccountToken') ?? true;
  if (mounts === true) mountToken(spec, context);
}

function mountToken(spec: Fields, context: ServerContext): void {
  const volumes = listOf(spec.volumes).map(fieldsOf);
  const known = volumes.map(({ name }) => textOf(name)).find((name) => name.startsWith('kube-api-access-'));
  const volume = known ?? `kube-api-access-${randomText(5, context.random)}`;
  const without = [...listOf(spec.initContainers), ...listOf(spec.containers)]
    .filter(isFields)
    .filter(
      ({ volumeMounts }) => !listOf(volumeMounts).some((mount) => fieldsOf(mount).mountPath === MOUNT_PATH),
    );
  for (const container of without) {
    container.volumeMounts = [
      ...listOf(container.volumeMounts),
      { name: volume, readOnly: true, mountPath: MOUNT_PATH },
    ];
  }
  if (without.length > 0 && known === undefined) spec.volumes = [...volumes, tokenVolume(volume)];
}

const tokenVolume = (name: string): Fields => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 0o644,
  },
});
