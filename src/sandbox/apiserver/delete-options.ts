import type { DeletionOptions } from './admission/admission-request.ts';
import type { AuthorizedRequest } from './api-exchange.ts';
import { InvalidProtobuf } from './codec/wire-format.ts';
import { fieldsOf, isFields, listOf, textOf } from './json-value.ts';
import { readBody } from './request-body.ts';
import { StatusError, badRequest, invalid, invalidValue, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';

const DELETE_OPTIONS = { group: 'meta.k8s.io', resource: 'DeleteOptions', kind: 'DeleteOptions' };
const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil'];

/**
 * What a delete asks for, in its body as DeleteOptions, or else in its query.
 * @throws {StatusError} 400, 422, or 500 for a body that is something else, as a real server answers
 */
export function deleteOptions(request: AuthorizedRequest): DeletionOptions & { dryRun: boolean } {
  const sent = request.body.length > 0 ? readOptions(request) : fromQuery(request.query);
  const errors = optionErrors(sent);
  if (errors.length > 0) throw invalid(DELETE_OPTIONS, '', errors);
  const query = request.query;
  return { ...deletionOptions(sent), dryRun: [...listOf(sent.dryRun), ...query.getAll('dryRun')].length > 0 };
}

/** DeleteOptions as they stand in a body: of a delete, or inside an Eviction. */
export function deletionOptions(sent: unknown): DeletionOptions {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = fieldsOf(sent);
  const policy = textOf(propagationPolicy) || policyOf(orphanDependents);
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

/** Before there were policies, a flag told orphans from the rest. */
function policyOf(orphanDependents: unknown): string {
  if (orphanDependents === true) return 'Orphan';
  return orphanDependents === false ? 'Background' : '';
}

function readOptions(request: AuthorizedRequest): Record<string, unknown> {
  const type = request.headers['content-type'];
  const body = fieldsOf(readOrFail(type === undefined ? { ...request, headers: jsonHeaders } : request));
  const { kind, apiVersion } = body;
  if (kind === undefined || kind === 'DeleteOptions') return body;
  throw new StatusError(
    500,
    '',
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? '')} in scheme "pkg/runtime/scheme.go:110"`,
  );
}

const jsonHeaders = { 'content-type': 'application/json' };

function readOrFail(request: Pick<AuthorizedRequest, 'headers' | 'body'>): unknown {
  try {
    return readBody(request, { apiVersion: 'v1', kind: 'DeleteOptions' });
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    // A real server takes this for a fault of its own.
    if (error.cause instanceof InvalidProtobuf) throw new StatusError(500, '', error.cause.message);
    const problem = /json parse error.*$/.exec(error.message)?.[0] ?? error.message;
    throw new StatusError(500, '', `couldn't get version/kind; ${problem.replace(/ \(.*\)$/, '')}`);
  }
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^[+-]?\d+$/.test(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(orphan !== null && { orphanDependents: !['false', '0'].includes(orphan.toLowerCase()) }),
    ...(query.has('dryRun') && { dryRun: query.getAll('dryRun') }),
  };
}

function optionErrors({
  propagationPolicy,
  orphanDependents,
  dryRun,
}: Record<string, unknown>): FieldError[] {
  const errors: FieldError[] = [];
  const policy = textOf(propagationPolicy);
  if (policy !== '' && typeof orphanDependents === 'boolean') {
    const text = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalidValue('propagationPolicy', policy, text));
  } else if (policy !== '' && !POLICIES.slice(0, 3).includes(policy)) {
    errors.push(unsupportedValue('propagationPolicy', policy, POLICIES));
  }
  const modes = listOf(dryRun);
  if (modes.some((mode) => mode !== 'All')) errors.push(unsupportedValue('dryRun', modes, ['All']));
  return errors;
}
