import { jsonResponse } from './api-exchange.ts';
import type { ApiRequest, ApiResponse, AuthorizedRequest } from './api-exchange.ts';
import { isWatch } from './auth/request-attributes.ts';
import { requestToken } from './auth/token-request.ts';
import { applyObject } from './apply/apply-object.ts';
import type { ApplyPatch } from './apply/apply-object.ts';
import { applyScale, updateScale } from './apply/write-scale.ts';
import { createObject } from './create.ts';
import { presented } from './presented.ts';
import { withDeprecation } from './deprecation.ts';
import { deleteCollection } from './delete-collection.ts';
import { deleteObject } from './delete.ts';
import { deleteOptions, deletionOptions } from './delete-options.ts';
import type { DeleteRequestOptions } from './delete.ts';
import { valueAt } from './json-value.ts';
import { listObjects } from './list.ts';
import { readVersion } from './list-options.ts';
import { refuseOversizedBody } from './object-size.ts';
import { patchObject, patchScale } from './patch.ts';
import { bindPod } from './pod-binding.ts';
import { evictPod } from './pod-eviction.ts';
import { refuseWithoutUpgrade } from './pod-connection.ts';
import { podLog } from './pod-log.ts';
import {
  refuseUnservedTypes,
  representList,
  representObject,
  wantedRepresentation,
} from './representation.ts';
import { readBody, readPatch, writeOptions } from './request-body.ts';
import type { ExpectedBody } from './request-body.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition, Verb } from './resource-definition.ts';
import type { ResourcePath } from './resource-path.ts';
import { refuseWithoutReplicas, scaleOf } from './scale.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import {
  StatusError,
  methodNotAllowed,
  notFound,
  notServed,
  notSupported,
  qualifiedResource,
  resourceVersionTooLarge,
} from './status-error.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

/** Answers one request for a resource, an object or a part of one. */
export const handleResource = (
  context: ServerContext,
  path: ResourcePath,
  request: AuthorizedRequest,
): Promise<ApiResponse> => withDeprecation(path.definition, () => handle(context, path, request));

async function handle(
  context: ServerContext,
  path: ResourcePath,
  request: AuthorizedRequest,
): Promise<ApiResponse> {
  const { definition, name, subresource } = path;
  if (name === undefined) return handleCollection(context, path, request);
  const subject = { namespace: path.namespace, name };
  if (subresource === undefined || subresource === 'status' || subresource === 'finalize') {
    return handleObject(context, definition, { ...subject, ...(subresource && { subresource }) }, request);
  }
  if (subresource === 'scale') return handleScale(context, definition, subject, request);
  return handlePart(context, definition, subject, subresource, request);
}

async function handleCollection(
  context: ServerContext,
  path: ResourcePath,
  request: AuthorizedRequest,
): Promise<ApiResponse> {
  const { definition, namespace } = path;
  const { query } = request;
  const now = context.clock.now();
  switch (request.method) {
    case 'GET':
      return isWatch(query)
        ? watchCollection(context, path, request)
        : jsonResponse(
            200,
            representList(
              listObjects(context, definition, namespace, query),
              definition,
              wantedRepresentation(request, definition, 'list'),
              { now },
            ),
          );
    case 'POST': {
      if (definition.namespaced && namespace === undefined) throw methodNotAllowed();
      const representation = wantedRepresentation(request, definition, 'object');
      const { write, headers } = writeOptions(request);
      const body = readBody(request, bodyOf(definition, write));
      const created = await createObject(context, definition, namespace, body, write);
      return jsonResponse(
        201,
        representObject(presented(created, definition), definition, representation, { now }),
        headers(),
      );
    }
    case 'DELETE': {
      requireVerb(definition, 'deletecollection');
      const representation = wantedRepresentation(request, definition, 'list');
      const { version, items } = await deleteCollection(
        context,
        definition,
        namespace,
        query,
        deletion(request).options,
      );
      return jsonResponse(200, representList({ version, items }, definition, representation, { now }));
    }
    default:
      throw methodNotAllowed();
  }
}

function watchCollection(
  context: ServerContext,
  { definition, namespace }: ResourcePath,
  request: AuthorizedRequest,
): ApiResponse {
  const { query, signal, soon } = request;
  const representation = wantedRepresentation(request, definition, 'watch');
  const body = watchObjects(context, {
    definition,
    namespace,
    query,
    signal,
    ...(soon && { soon }),
    represent: (object, columns) =>
      representObject(object, definition, representation, { now: context.clock.now(), columns }),
    // Tables tell ages, and begin with their columns.
    ...(representation.form !== 'table' && {
      encoding: `${representation.form} ${representation.version} ${apiVersionOf(definition)}`,
    }),
  });
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

async function handleObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string; subresource?: string },
  request: AuthorizedRequest,
): Promise<ApiResponse> {
  const { subresource } = subject;
  if (subresource === 'status' && !definition.statusSubresource) {
    throw notServedFor(definition, subject.name);
  }
  if (subresource === 'finalize' && !definition.subresources.includes('finalize')) throw notServed();
  const representation = wantedRepresentation(request, definition, 'object');
  const shown = (object: ApiObject) =>
    representObject(presented(object, definition), definition, representation, { now: context.clock.now() });
  const answer = (object: ApiObject, headers = {}, status = 200) =>
    jsonResponse(status, shown(object), headers);
  switch (request.method) {
    case 'GET':
      refuseLaterVersion(context, request.query);
      return answer(existing(context, definition, subject));
    case 'PUT': {
      const { write, headers } = writeOptions(request);
      const body = readBody(request, bodyOf(definition, write));
      return answer(await updateObject(context, definition, subject, body, write), headers());
    }
    case 'PATCH': {
      const { write, headers } = writeOptions(request);
      if (contentType(request) === APPLY) {
        const { object, created } = await applyObject(
          context,
          definition,
          subject,
          applyPatch(request, write),
          write,
        );
        return answer(object, headers(), created ? 201 : 200);
      }
      const patch = readPatch(request, definition);
      return answer(await patchObject(context, definition, subject, patch, write), headers());
    }
    case 'DELETE': {
      if (subresource) throw notAllowedOn(definition, 'delete');
      const { options, headers } = deletion(request);
      const { object, gone } = await deleteObject(context, definition, subject, options);
      if (!gone || definition.returnsDeleted) return answer(object, headers());
      return jsonResponse(200, deletedStatus(definition, object), headers());
    }
    case 'POST':
      throw subresource ? notAllowedOn(definition, 'create') : methodNotAllowed();
  }
}

async function handleScale(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  request: AuthorizedRequest,
): Promise<ApiResponse> {
  if (!definition.scale) throw notServedFor(definition, subject.name);
  refuseUnservedTypes(request.headers, 'object');
  const object = existing(context, definition, subject);
  const update = async (sent: unknown) => {
    const { write } = writeOptions(request);
    return jsonResponse(
      200,
      scaleOf(await updateScale(context, definition, subject, sent, write), definition),
    );
  };
  switch (request.method) {
    case 'GET':
      refuseWithoutReplicas(object, definition);
      return jsonResponse(200, scaleOf(object, definition));
    case 'PUT':
      return update(readBody(request, { apiVersion: 'autoscaling/v1', kind: 'Scale' }));
    case 'PATCH': {
      if (contentType(request) === APPLY) {
        const { write } = writeOptions(request);
        const scaled = await applyScale(context, definition, subject, applyPatch(request, write), write);
        return jsonResponse(200, scaleOf(scaled, definition));
      }
      return update(patchScale(scaleOf(object, definition), definition, readPatch(request, definition)));
    }
    default:
      throw methodNotAllowed();
  }
}

/** The parts whose answer is an object, not a stream or a connection. */
const OBJECT_PARTS: ReadonlySet<string> = new Set(['binding', 'eviction', 'token']);

async function handlePart(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  subresource: string,
  request: AuthorizedRequest,
): Promise<ApiResponse> {
  if (!definition.subresources.includes(subresource)) throw notServed();
  if (request.method === 'POST' && OBJECT_PARTS.has(subresource))
    refuseUnservedTypes(request.headers, 'object');
  const action = `${request.method} ${subresource}`;
  const dryRun = request.query.get('dryRun') === 'All';
  switch (action) {
    case 'GET log':
      return podLog(context, existing(context, definition, subject), request.query, request.signal);
    case 'POST binding':
      bindPod(context, definition, subject, readBody(request, { apiVersion: 'v1', kind: 'Binding' }), dryRun);
      return jsonResponse(201, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      });
    case 'POST eviction': {
      const sent = readBody(request, { apiVersion: 'policy/v1', kind: 'Eviction' });
      const { write } = writeOptions(request);
      const asked = deletionOptions(valueAt(sent, 'deleteOptions'));
      await evictPod(context, definition, subject, sent, { ...write, ...asked });
      return jsonResponse(201, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      });
    }
    case 'POST token': {
      const { write, headers } = writeOptions(request);
      const body = readBody(request, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', write });
      const account = existing(context, definition, subject);
      return jsonResponse(201, requestToken(context, account, definition, body, write), headers());
    }
    case 'GET exec':
    case 'POST exec':
    case 'GET attach':
    case 'POST attach':
    case 'GET portforward':
    case 'POST portforward':
      return refuseWithoutUpgrade(existing(context, definition, subject), subresource, request.query);
    default:
      throw notSupported(`${request.method} of ${definition.resource}/${subresource}`);
  }
}

function existing(
  context: ServerContext,
  definition: ResourceDefinition,
  { namespace, name }: { namespace: string | undefined; name: string },
): ApiObject {
  const object = context.store.get(definition.storage, namespace, name);
  if (!object) throw notFound(definition, name);
  return object;
}

function requireVerb({ verbs }: ResourceDefinition, verb: Verb): void {
  if (!verbs.includes(verb)) throw methodNotAllowed();
}

const APPLY = 'application/apply-patch+yaml';

/** @throws {StatusError} 413 */
function applyPatch({ query, body }: ApiRequest, { manager }: { manager: string }): ApplyPatch {
  refuseOversizedBody(body.length);
  const force = query.get('force');
  return { text: Buffer.from(body).toString('utf8'), manager, force: force === 'true' || force === '1' };
}

/** Parts of custom resources say what cannot be done with them. */
function notAllowedOn(definition: ResourceDefinition, verb: string): StatusError {
  if (!definition.schema) return methodNotAllowed();
  const { group, resource } = definition;
  const name = qualifiedResource(definition);
  return new StatusError(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${name}"`, {
    group,
    kind: resource,
  });
}

/** A part that is not declared: of a custom resource it is as if the object were not there. */
const notServedFor = (definition: ResourceDefinition, name: string) =>
  definition.schema ? notFound(definition, name) : notServed();

/** What a body is to become. */
const bodyOf = (definition: ResourceDefinition, write: WriteRequestOptions): ExpectedBody => ({
  apiVersion: apiVersionOf(definition),
  kind: definition.kind,
  custom: definition.schema !== undefined,
  write,
});

const contentType = ({ headers }: ApiRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';

function deletion(request: AuthorizedRequest): {
  options: DeleteRequestOptions;
  headers(): Record<string, string>;
} {
  const options = deleteOptions(request);
  // A dry run that a delete does not know of was refused in its own words.
  const { write, headers } = writeOptions({ ...request, query: new URLSearchParams() });
  return { options: { ...options, user: write.user, warn: write.warn }, headers };
}

/** @throws {StatusError} 504 for a version that is not there yet, 500 for what is none. */
function refuseLaterVersion({ store }: ServerContext, query: URLSearchParams): void {
  const asked = readVersion(query.get('resourceVersion') ?? '');
  if (asked > store.version) throw resourceVersionTooLarge(asked, store.version);
}

const deletedStatus = (definition: ResourceDefinition, { metadata }: ApiObject) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name: metadata.name,
    ...(definition.group && { group: definition.group }),
    kind: definition.resource,
    uid: metadata.uid,
  },
});
