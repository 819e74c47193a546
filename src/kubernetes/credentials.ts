/** What proves to the server who is asking. */
export interface RequestCredentials {
  /** `authorization`, and the impersonation headers. */
  headers?: Record<string, string | string[]>;
  /** PEM. */
  clientCertificate?: string | Buffer;
  clientKey?: string | Buffer;
}

/**
 * Where credentials come from. Asked before each request, so that a token that was replaced on disk or that a plug-in
 * has to renew is found in time; answers from memory nearly always.
 */
export interface CredentialSource {
  current(signal?: AbortSignal): Promise<RequestCredentials>;
  /**
   * The server answered 401 to these. Resolves to true when `current` will now give others, so that trying once more
   * makes sense.
   */
  refused(credentials: RequestCredentials, signal?: AbortSignal): Promise<boolean>;
}

/** Credentials that never change: a token or a client certificate that was given as it is. */
export function fixedCredentials(credentials: RequestCredentials): CredentialSource {
  return {
    current: () => Promise.resolve(credentials),
    refused: () => Promise.resolve(false),
  };
}
