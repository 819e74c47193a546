import { ApiError } from '../kubernetes/api-error.ts';
import { Failure, messageOf } from './failure.ts';

/** Turns whatever a phase threw into a Failure with a reason and, where one is known, what to do next. */
export function explain(error: unknown): Failure {
  if (error instanceof Failure) {
    const { cause, hint } = error.details;
    const inner = hint === undefined ? hintFor(cause) : undefined;
    return inner === undefined
      ? error
      : new Failure(error.reason, error.message, { ...error.details, hint: inner });
  }
  const hint = hintFor(error);
  return new Failure(reasonOf(error), messageOf(error), {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return error.reason === '' ? 'ApiError' : error.reason;
  return 'Error';
}

function hintFor(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.code === 403) return missingRule(error.message);
  if (error.code === 404 && error.reason === 'NotFound')
    return 'Create what is missing, or correct its name and namespace.';
  if (error.code === 401) return "The operator's credentials were refused; check its service account.";
  return undefined;
}

const FORBIDDEN =
  /User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;

/** Writes out the rule that a Role needs, from the API server's own words. */
function missingRule(message: string): string | undefined {
  const match = FORBIDDEN.exec(message);
  if (!match) return undefined;
  const [, user, verb, resource, group, namespace] = match;
  const rule = `{apiGroups: ["${group ?? ''}"], resources: ["${resource ?? ''}"], verbs: ["${verb ?? ''}"]}`;
  const where = namespace === undefined ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
  return `Grant ${user ?? ''} the rule ${rule} by ${where}.`;
}
