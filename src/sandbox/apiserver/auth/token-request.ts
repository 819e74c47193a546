import { decodeObject } from '../decode-object.ts';
import { fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import { randomUid } from '../random-names.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { timestamp } from '../server-context.ts';
import type { ServerContext, WriteRequestOptions } from '../server-context.ts';
import { badRequest, conflict, invalid, invalidValue, notFound } from '../status-error.ts';
import { ISSUER, accountClaims } from './service-account-token.ts';
import type { Bound } from './service-account-token.ts';

const TOKEN_REQUEST = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenrequests',
  kind: 'TokenRequest',
};
const DEFAULT_SECONDS = 3600;
const MINIMUM_SECONDS = 600;
const MAXIMUM_SECONDS = 2 ** 32;
/** What a kubelet asks for. A real API server with its default settings takes such a token of a pod for a year. */
const KUBELET_SECONDS = 3607;
const YEAR = 365 * 24 * 3600;

/**
 * POST serviceaccounts/NAME/token: a token that stands for the account until it expires, or the account or what it is bound to
 * is deleted.
 */
export function requestToken(
  context: ServerContext,
  account: ApiObject,
  definition: ResourceDefinition,
  body: unknown,
  options: WriteRequestOptions,
): ApiObject {
  const { namespace = '', name, uid = '' } = account.metadata;
  const request = decodeObject(body, { ...definition, ...TOKEN_REQUEST }, {}, options);
  refuseOther(request.metadata, account.metadata);
  const spec = fieldsOf(request.spec);
  const asked = listOf(spec.audiences).map(textOf);
  const audiences = asked.length > 0 ? asked : [ISSUER];
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : DEFAULT_SECONDS;
  refuseLifetime(seconds);
  const bound = boundObject(context, account, spec.boundObjectRef);

  const now = context.clock.now();
  const issued = Math.floor(now.getTime() / 1000);
  const isKubelets =
    bound.pod !== undefined && seconds === KUBELET_SECONDS && audiences.every((one) => one === ISSUER);
  const claims = accountClaims(account, bound, {
    id: randomUid(context.random),
    audiences,
    issued,
    expires: issued + (isKubelets ? YEAR : seconds),
    ...(isKubelets && { warnAfter: issued + seconds }),
  });
  return {
    kind: TOKEN_REQUEST.kind,
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid, creationTimestamp: timestamp(now) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: {
      token: context.tokenSigner.sign(claims),
      expirationTimestamp: timestamp(new Date(now.getTime() + seconds * 1000)),
    },
  };
}

function refuseOther(sent: ApiObject['metadata'], own: ApiObject['metadata']): void {
  const refuse = (field: string, found: string) => {
    const text = `must match the service account ${field} if specified`;
    throw invalid(TOKEN_REQUEST, own.name, [invalidValue(`metadata.${field}`, found, text)]);
  };
  if (sent.name !== '' && sent.name !== own.name) refuse('name', sent.name);
  if (sent.namespace && sent.namespace !== own.namespace) refuse('namespace', sent.namespace);
  if (!sent.uid || sent.uid === own.uid) return;
  throw conflict(
    { ...TOKEN_REQUEST, resource: 'TokenRequest' },
    own.name,
    `the UID in the token request (${sent.uid}) does not match the UID of the service account (${own.uid ?? ''})`,
  );
}

function refuseLifetime(seconds: number): void {
  const field = 'spec.expirationSeconds';
  if (seconds < MINIMUM_SECONDS) {
    const text = 'may not specify a duration less than 10 minutes';
    throw invalid(TOKEN_REQUEST, '', [invalidValue(field, seconds, text)]);
  }
  if (seconds > MAXIMUM_SECONDS) {
    const text = 'may not specify a duration larger than 2^32 seconds';
    throw invalid(TOKEN_REQUEST, '', [invalidValue(field, seconds, text)]);
  }
}

function boundObject({ store }: ServerContext, account: ApiObject, reference: unknown): Bound {
  if (reference === undefined || reference === null) return {};
  const { namespace } = account.metadata;
  const fields = fieldsOf(reference);
  const [apiVersion, kind, name, uid] = [fields.apiVersion, fields.kind, fields.name, fields.uid].map(textOf);
  const found = (resource: string, object: ApiObject | undefined): ApiObject => {
    if (!object) throw notFound({ group: '', resource, kind: kind ?? '' }, name ?? '');
    if (!uid || uid === object.metadata.uid) return object;
    throw conflict(
      { group: '', resource: kind ?? '', kind: kind ?? '' },
      name ?? '',
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  };
  switch (`${apiVersion}/${kind}`) {
    case 'v1/Pod': {
      const stored = store.get('pods', namespace, name ?? '');
      if (stored && valueAt(stored, 'spec', 'serviceAccountName') !== account.metadata.name) {
        throw badRequest(
          `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
        );
      }
      const pod = found('pods', stored);
      const node = textOf(valueAt(pod, 'spec', 'nodeName'));
      if (node === '') return { pod };
      return { pod, node: store.get('nodes', undefined, node) ?? { metadata: { name: node } } };
    }
    case 'v1/Secret':
      return { secret: found('secrets', store.get('secrets', namespace, name ?? '')) };
    case 'v1/Node':
      return { node: found('nodes', store.get('nodes', undefined, name ?? '')) };
    default: {
      const [group, version] = apiVersion?.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
    }
  }
}
