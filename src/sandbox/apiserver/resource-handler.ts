import { jsonResponse } from './api-exchange.ts';
import type { ApiRequest, ApiResponse } from './api-exchange.ts';
import { createObject, presented } from './create.ts';
import { deleteCollection } from './delete-collection.ts';
import { deleteObject } from './delete.ts';
import type { DeleteRequestOptions } from './delete.ts';
import { fieldsOf, isFields, textOf, valueAt } from './json-value.ts';
import { listObjects } from './list.ts';
import { patchObject } from './patch.ts';
import { bindPod } from './pod-binding.ts';
import { podLog } from './pod-log.ts';
import { refuseMissingServiceAccount } from './pod-service-account.ts';
import { representList, representObject, wantedRepresentation } from './representation.ts';
import { readBody, writeOptions } from './request-body.ts';
import type { ApiObject, ResourceDefinition, Verb } from './resource-definition.ts';
import type { ResourcePath } from './resource-path.ts';
import { scaleOf, withScale } from './scale.ts';
import type { ServerContext } from './server-context.ts';
import { issueToken } from './service-account-token.ts';
import { badRequest, methodNotAllowed, notFound, notServed, notSupported } from './status-error.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

/** Answers one request for a resource, an object or a part of one. */
export async function handleResource(
  context: ServerContext,
  path: ResourcePath,
  request: ApiRequest,
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

function handleCollection(context: ServerContext, path: ResourcePath, request: ApiRequest): ApiResponse {
  const { definition, namespace } = path;
  const { query } = request;
  const options = {
    representation: wantedRepresentation(request.headers.accept),
    includeObject: query.get('includeObject'),
    now: context.clock.now(),
  };
  switch (request.method) {
    case 'GET': {
      if (query.get('watch') === 'true' || query.get('watch') === '1') {
        const represent = (object: ApiObject, first: boolean) =>
          representObject(object, definition, { ...options, columns: first });
        const body = watchObjects(context, {
          definition,
          namespace,
          query,
          signal: request.signal,
          represent,
        });
        return { status: 200, headers: { 'content-type': 'application/json' }, body };
      }
      return jsonResponse(
        200,
        representList(listObjects(context, definition, namespace, query), definition, options),
      );
    }
    case 'POST': {
      const { write, headers } = writeOptions(query);
      const body = readBody(request);
      if (definition.storage === 'pods') refuseMissingServiceAccount(context, namespace, body);
      const created = createObject(context, definition, namespace, body, write);
      return jsonResponse(
        201,
        representObject(presented(created, definition), definition, options),
        headers(),
      );
    }
    case 'DELETE': {
      requireVerb(definition, 'deletecollection');
      const { version, items } = deleteCollection(
        context,
        definition,
        namespace,
        query,
        deleteOptions(request),
      );
      return jsonResponse(200, representList({ version, items }, definition, options));
    }
    default:
      throw methodNotAllowed();
  }
}

function handleObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string; subresource?: string },
  request: ApiRequest,
): ApiResponse {
  const { subresource } = subject;
  if (subresource === 'status' && !definition.statusSubresource) throw notServed();
  if (subresource === 'finalize' && !definition.subresources.includes('finalize')) throw notServed();
  const options = {
    representation: wantedRepresentation(request.headers.accept),
    includeObject: request.query.get('includeObject'),
    now: context.clock.now(),
  };
  const answer = (object: ApiObject, headers = {}) =>
    jsonResponse(200, representObject(presented(object, definition), definition, options), headers);
  switch (request.method) {
    case 'GET':
      return answer(existing(context, definition, subject));
    case 'PUT': {
      const { write, headers } = writeOptions(request.query);
      return answer(updateObject(context, definition, subject, readBody(request), write), headers());
    }
    case 'PATCH': {
      const { write, headers } = writeOptions(request.query);
      const patch = { contentType: contentType(request), body: readBody(request) };
      return answer(patchObject(context, definition, subject, patch, write), headers());
    }
    case 'DELETE': {
      if (subresource) throw methodNotAllowed();
      const { object, gone } = deleteObject(context, definition, subject, deleteOptions(request));
      if (!gone || definition.returnsDeleted) return answer(object);
      return jsonResponse(200, deletedStatus(definition, object));
    }
    case 'POST':
      throw methodNotAllowed();
  }
}

function handleScale(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  request: ApiRequest,
): ApiResponse {
  if (!definition.scale) throw notServed();
  const object = existing(context, definition, subject);
  const update = (sent: unknown) => {
    const { write } = writeOptions(request.query);
    const scaled = withScale(presented(object, definition), definition, sent);
    return jsonResponse(200, scaleOf(updateObject(context, definition, subject, scaled, write), definition));
  };
  switch (request.method) {
    case 'GET':
      return jsonResponse(200, scaleOf(object, definition));
    case 'PUT':
      return update(readBody(request));
    case 'PATCH': {
      if (contentType(request) === 'application/json-patch+json')
        throw notSupported('JSON patches of a scale');
      // What a Scale can change is one number, so the merge types come to the same.
      const patch = fieldsOf(readBody(request));
      const scale = scaleOf(object, definition);
      const { resourceVersion: _resourceVersion, ...metadata } = scale.metadata;
      return update({
        ...scale,
        metadata: { ...metadata, ...fieldsOf(patch.metadata) },
        spec: { ...fieldsOf(scale.spec), ...fieldsOf(patch.spec) },
      });
    }
    default:
      throw methodNotAllowed();
  }
}

async function handlePart(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  subresource: string,
  request: ApiRequest,
): Promise<ApiResponse> {
  if (!definition.subresources.includes(subresource)) throw notServed();
  const action = `${request.method} ${subresource}`;
  const dryRun = request.query.get('dryRun') === 'All';
  switch (action) {
    case 'GET log':
      return podLog(context, existing(context, definition, subject), request.query, request.signal);
    case 'POST binding':
      bindPod(context, definition, subject, readBody(request), dryRun);
      return jsonResponse(201, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      });
    case 'POST eviction': {
      const sent = readBody(request);
      deleteObject(context, definition, subject, {
        dryRun,
        ...bodyDeleteOptions(valueAt(sent, 'deleteOptions')),
      });
      return jsonResponse(201, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      });
    }
    case 'POST token':
      return jsonResponse(
        201,
        issueToken(context, existing(context, definition, subject), readBody(request)),
      );
    case 'GET exec':
    case 'POST exec':
      throw badRequest('Upgrade request required: exec needs a WebSocket (SPDY is not served)');
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

const contentType = ({ headers }: ApiRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';

/** In the body as DeleteOptions, or in the query. */
function deleteOptions(request: ApiRequest): DeleteRequestOptions {
  const { query } = request;
  const body = request.body.length > 0 ? readBody(request) : {};
  const dryRun =
    query.get('dryRun') === 'All' ||
    (Array.isArray(valueAt(body, 'dryRun')) && valueAt(body, 'dryRun', 'length') !== 0);
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== null && { propagationPolicy: policy }),
    ...bodyDeleteOptions(body),
    dryRun,
  };
}

function bodyDeleteOptions(body: unknown): Omit<DeleteRequestOptions, 'dryRun'> {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = fieldsOf(body);
  const policy = textOf(propagationPolicy) || (orphanDependents === true ? 'Orphan' : '');
  const { uid, resourceVersion } = fieldsOf(preconditions);
  return {
    ...(typeof gracePeriodSeconds === 'number' && { gracePeriodSeconds }),
    ...(policy !== '' && { propagationPolicy: policy }),
    ...(isFields(preconditions) && {
      preconditions: {
        ...(typeof uid === 'string' && { uid }),
        ...(typeof resourceVersion === 'string' && { resourceVersion }),
      },
    }),
  };
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
