import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../kubernetes/clock.ts';
import type { StoreOptions } from '../apiserver/store.ts';
import { identifyProcess } from '../process-identity.ts';
import {
  newIdentity,
  readIdentity,
  type SandboxIdentity,
  withValidCertificate,
  writeIdentity,
} from './identity.ts';
import { openObjectJournal } from './object-journal.ts';
import { removeCluster, STATE_FOLDER } from './remove-sandbox.ts';

/** What a sandbox has of an earlier one of its folder, and how it keeps its own for a later one. */
export interface SandboxState {
  /** Where the earlier one listened; `undefined` for a new one. */
  host: string | undefined;
  /** For the API server's store. */
  objects: Pick<StoreOptions, 'initial' | 'changeLog'>;
  /** The earlier one's, or a new one for this host. */
  identity(host: string, now: Date): SandboxIdentity;
  keepIdentity(identity: SandboxIdentity): void;
  /** Ends the state with the sandbox: kept on the disk, or removed when it was not to be kept. */
  close(): Promise<void>;
}

export interface SandboxStateOptions {
  /** Whether it outlives the sandbox. */
  persist: boolean;
  clock: Clock;
  log(message: string): void;
}

/**
 * Opens the state in a sandbox's folder.
 * @throws {Error} in one sentence, when it can't be read as it was written, or when it would be lost because this sandbox does not keep any.
 */
export function openSandboxState(folder: string, options: SandboxStateOptions): SandboxState {
  const place = join(folder, STATE_FOLDER);
  if (!options.persist) {
    if (existsSync(place)) {
      throw new Error(
        `${folder} holds a sandbox that is kept: start it with persist, or take another folder`,
      );
    }
    const close = () => removeCluster(folder);
    return { host: undefined, objects: {}, identity: newIdentity, keepIdentity: () => undefined, close };
  }
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const file = join(place, 'identity.json');
  const known = readIdentity(file);
  let kept = known;
  const bootId = identifyProcess(process.pid)?.bootId ?? '';
  const journal = openObjectJournal(place, { ...options, bootId });
  return {
    host: known?.host,
    objects: { initial: journal.state, changeLog: journal.changeLog },
    identity: (host, now) => (known ? withValidCertificate(known, now) : newIdentity(host, now)),
    keepIdentity(identity) {
      if (isDeepStrictEqual(identity, kept)) return;
      writeIdentity(file, identity);
      kept = identity;
    },
    close: () => journal.close(),
  };
}
