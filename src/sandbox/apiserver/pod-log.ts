import type { ApiResponse } from './api-exchange.ts';
import { textResponse } from './api-exchange.ts';
import { fieldsOf, textOf, valueAt } from './json-value.ts';
import type { ContainerLogOptions } from './node-agent.ts';
import { chooseContainer, containerStatus } from './pod-container.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { badRequest, internalError, invalid, invalidValue, notSupported } from './status-error.ts';

const LOG_OPTIONS = { group: '', resource: 'pods', kind: 'PodLogOptions' };

/** GET pods/NAME/log: the container's log from its node. */
export async function podLog(
  context: ServerContext,
  pod: ApiObject,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const options = logOptions(query, signal, pod.metadata.name);
  const container = chooseContainer(pod, query.get('container') ?? '');
  if (!valueAt(pod, 'spec', 'nodeName')) return textResponse(200, '');
  refuseUnstarted(pod, container, options.previous);
  if (!context.nodeAgent) throw notSupported('logs without a node (it was started as an API server only)');
  try {
    const body = await context.nodeAgent.log(pod, container, options);
    return { status: 200, headers: { 'content-type': 'text/plain' }, body };
  } catch (error) {
    throw internalError(error instanceof Error ? error.message : String(error));
  }
}

function logOptions(query: URLSearchParams, signal: AbortSignal, pod: string): ContainerLogOptions {
  const number = (name: string, minimum: number): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    if (!Number.isInteger(value))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (value < minimum) {
      const rule = minimum === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
      throw invalid(LOG_OPTIONS, pod, [invalidValue(name, value, rule)]);
    }
    return value;
  };
  // What is not a no is a yes, as for all flags of a query.
  const flag = (name: string): boolean => !['false', '0'].includes((query.get(name) ?? '0').toLowerCase());
  const sinceSeconds = number('sinceSeconds', 1);
  const tailLines = number('tailLines', 0);
  const limitBytes = number('limitBytes', 1);
  const sinceTime = query.get('sinceTime') ?? undefined;
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime))) {
    throw badRequest(
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse it`,
    );
  }
  if (sinceTime !== undefined && sinceSeconds !== undefined) {
    // An empty path, as the server writes it.
    const [field, rule] = ['[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'];
    throw invalid(LOG_OPTIONS, pod, [
      { field, reason: 'FieldValueForbidden', message: `Forbidden: ${rule}` },
    ]);
  }
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    signal,
    ...(sinceTime !== undefined && { sinceTime }),
    ...(sinceSeconds !== undefined && { sinceSeconds }),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
  };
}

/** A container that has not begun has no log; the kubelet says why it waits. */
function refuseUnstarted(pod: ApiObject, container: string, previous: boolean): void {
  const name = `${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`;
  const status = containerStatus(pod, container);
  if (previous) {
    if (valueAt(status, 'lastState', 'terminated') !== undefined) return;
    throw badRequest(`previous terminated container ${name} not found`);
  }
  const state = fieldsOf(status?.state);
  if (state.running !== undefined || state.terminated !== undefined) return;
  if (valueAt(status, 'lastState', 'terminated') !== undefined) return;
  const reason = textOf(fieldsOf(state.waiting).reason);
  if (reason === 'ImagePullBackOff')
    throw badRequest(`container ${name} is waiting to start: trying and failing to pull image`);
  if (reason === 'ErrImagePull')
    throw badRequest(`container ${name} is waiting to start: image can't be pulled`);
  throw badRequest(`container ${name} is waiting to start: ${reason || 'ContainerCreating'}`);
}
