import { NodeRefused } from './pod-connection.ts';
import { internalError } from './status-error.ts';

/** How a remote command ended, as its last message says it. */
export interface CommandEnd {
  exitCode?: number;
  /** Set when it could not be run. */
  failure?: unknown;
}

/**
 * The Status that ends a command's connection, or plain text for clients of the first protocols (nothing means success).
 * With v5 the API server stands between the client and the kubelet, and words the end anew.
 */
export function endMessage({ exitCode = 0, failure }: CommandEnd, protocol: string, label: string): string {
  const isTranslated = protocol === 'v5.channel.k8s.io';
  if (protocol === 'v5.channel.k8s.io' || protocol === 'v4.channel.k8s.io')
    return JSON.stringify(statusOf(exitCode, failure, isTranslated, label));
  if (failure !== undefined) return `Internal error occurred: ${messageOf(failure)}`;
  return exitCode === 0 ? '' : nonZero(exitCode, false, label);
}

function statusOf(exitCode: number, failure: unknown, isTranslated: boolean, label: string): object {
  if (failure !== undefined) {
    // Passed on, the kubelet's own words get the preface a second time.
    const isRepeated = isTranslated && !(failure instanceof NodeRefused);
    const { status } = internalError(`${isRepeated ? 'Internal error occurred: ' : ''}${messageOf(failure)}`);
    const { kind: _kind, apiVersion: _version, ...rest } = status; // here it is no object of the API
    return rest;
  }
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: nonZero(exitCode, isTranslated, label),
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

function nonZero(exitCode: number, isTranslated: boolean, label: string): string {
  const why = isTranslated
    ? `command terminated with exit code ${exitCode}`
    : `error executing command ${label}, exit code ${exitCode}`;
  return `command terminated with non-zero exit code: ${why}`;
}

const messageOf = (failure: unknown) => (failure instanceof Error ? failure.message : String(failure));
