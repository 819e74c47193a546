import { readFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import type { CredentialSource, RequestCredentials } from './credentials.ts';

/**
 * A bearer token in a file that somebody else replaces in time, as the kubelet does with those of service accounts. Read again
 * every few seconds, and at once when the server refuses it.
 */
export function tokenFile(path: string, clock: Clock): CredentialSource {
  let known: { token: string; credentials: RequestCredentials; readAt: number } | undefined;

  async function read(): Promise<RequestCredentials> {
    const token = (await readFile(path, 'utf8')).trim();
    if (token === '') throw new Error(`the token file ${path} is empty`);
    // The same object for the same token: `refused` compares by identity.
    const credentials =
      known?.token === token ? known.credentials : { headers: { authorization: `Bearer ${token}` } };
    known = { token, credentials, readAt: clock.monotonic() };
    return credentials;
  }

  return {
    current: async () => {
      if (known && clock.monotonic() - known.readAt < RE_READ_AFTER) return known.credentials;
      try {
        return await read();
      } catch (error) {
        // While the file is being replaced the old token is still good; where it is not, the server says so.
        if (known) return known.credentials;
        throw error;
      }
    },
    refused: async (credentials) => (await read()) !== credentials,
  };
}

const RE_READ_AFTER = 10_000;
