import { ApiError, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import { Failure } from './failure.ts';
import { Abandoned } from './gate.ts';
import { decodeJournal, encodeJournal, JOURNAL_ANNOTATION, type Journal } from './journal.ts';
import { isTransient } from './transient.ts';

/** Present on an object only while it runs, so that its deletion waits until its run has been stopped and cleaned up. */
export const FINALIZER = 'cr.kanister.io/run';

/** Bytes: the API server takes objects of 1.55 MB and answers 500 without a reason at 1.6 MB (measured on 1.34). */
const LARGEST_OBJECT = 1_400_000;
/** Bytes kept free for the write that ends the run. */
const RESERVED = 32 * 1024;

export interface RunStoreOptions {
  client: KubernetesClient;
  clock: Clock;
  type: ResourceType;
  signal: AbortSignal;
}

/**
 * The one writer of a running object. `status` and `journal` are the truth in memory; `commit` stores both in one PUT. Commits that
 * come while one is under way are done together. Every PUT carries the resourceVersion of our own last write; after a conflict
 * or a lost reply the object is read, and its claim says whether we were fenced, had succeeded, or must write again.
 */
export class RunStore<S extends object> {
  readonly status: S;
  readonly journal: Journal;
  readonly #options: RunStoreOptions;
  #object: KubernetesObject;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #ended = false;

  constructor(object: KubernetesObject, status: S, journal: Journal, options: RunStoreOptions) {
    this.#object = object;
    this.status = status;
    this.journal = journal;
    this.#options = options;
  }

  get object(): KubernetesObject {
    return this.#object;
  }

  /**
   * Resolves when everything that stood in `status` and `journal` at the call is stored.
   * @throws {Abandoned} when another process has claimed the object, or it is gone.
   */
  commit(): Promise<void> {
    if (this.#writing === undefined) return this.#start();
    this.#next ??= this.#writing.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** The last write: the journal and the finalizer go, and with them the right to write. */
  async end(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    await this.#next?.catch(() => undefined);
    this.#ended = true;
    await this.#start();
  }

  /** Whether the object with `status` as it stands still leaves room for the run's last write. */
  fits(): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(this.#build()));
    return bytes + RESERVED <= LARGEST_OBJECT;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const writing = this.#write().finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }

  async #write(): Promise<void> {
    const { client, clock, type, signal } = this.#options;
    this.journal.claim.sequence += 1;
    const sequence = this.journal.claim.sequence;
    for (let delay = 50; ; delay = Math.min(delay * 2, 5_000)) {
      if (signal.aborted) throw new Abandoned('the run was stopped');
      const next = this.#build();
      try {
        this.#object = await client.replace(type, next);
        return;
      } catch (error) {
        if (!mayBeRepeated(error)) throw await this.#final(error);
        if (await this.#wasApplied(sequence)) return;
        if (!isConflictError(error)) await clock.sleep(delay, signal);
      }
    }
  }

  /** The object as last seen, with our status, annotation and finalizer in place of its own. */
  #build(): KubernetesObject & { status: S } {
    const metadata = { ...this.#object.metadata };
    const annotations = { ...metadata.annotations };
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
    if (this.#ended) {
      delete annotations[JOURNAL_ANNOTATION];
    } else {
      annotations[JOURNAL_ANNOTATION] = encodeJournal(this.journal);
      // An object on its way out takes no new finalizers.
      const held = this.#object.metadata?.finalizers?.includes(FINALIZER) ?? false;
      if (held || metadata.deletionTimestamp === undefined) finalizers.push(FINALIZER);
    }
    metadata.annotations = annotations;
    metadata.finalizers = finalizers;
    if (finalizers.length === 0) delete metadata.finalizers;
    if (Object.keys(annotations).length === 0) delete metadata.annotations;
    return { ...this.#object, metadata, status: structuredClone(this.status) };
  }

  /** Reads the object after a write whose outcome is open; takes over what others changed in it. */
  async #wasApplied(sequence: number): Promise<boolean> {
    const { client, clock, type, signal } = this.#options;
    const metadata = this.#object.metadata;
    const name = { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' };
    for (let delay = 50; ; delay = Math.min(delay * 2, 5_000)) {
      if (signal.aborted) throw new Abandoned('the run was stopped');
      try {
        const found = await client.get<KubernetesObject & { status?: { state?: string } }>(type, name);
        if (found.metadata?.uid !== metadata?.uid)
          throw new Abandoned('the object was deleted and created anew');
        return this.#compare(found, sequence);
      } catch (error) {
        if (isNotFound(error)) {
          // The last write removes the finalizer: of an object that was being deleted nothing is left to see.
          if (this.#ended) return true;
          throw new Abandoned('the object was deleted');
        }
        if (!mayBeRepeated(error)) throw error;
        await clock.sleep(delay, signal);
      }
    }
  }

  #compare(found: KubernetesObject & { status?: { state?: string } }, sequence: number): boolean {
    const { claim } = this.journal;
    const theirs = decodeJournal(found.metadata?.annotations)?.claim;
    if (theirs === undefined) {
      const state = found.status?.state;
      const terminal = state === 'complete' || state === 'failed';
      if (this.#ended && terminal) return true;
      if (terminal) throw new Abandoned('the run was ended by another process');
      this.#object = found;
      return false;
    }
    if (theirs.epoch > claim.epoch || (theirs.epoch === claim.epoch && theirs.holder !== claim.holder)) {
      throw new Abandoned(`the run was claimed by ${theirs.holder}`);
    }
    this.#object = found;
    return !this.#ended && theirs.epoch === claim.epoch && theirs.sequence === sequence;
  }

  /** A write that the server will never take: ends the run in a way that its phase can report. */
  async #final(error: unknown): Promise<Error> {
    if (error instanceof Abandoned) return error;
    if (isNotFound(error)) return new Abandoned('the object was deleted');
    if (error instanceof ApiError) {
      return new Failure(
        'StatusNotStored',
        `Failed to update ${this.#options.type.kind} ${this.#object.metadata?.name}: ${error.message}`,
        {
          cause: error,
          hint: 'The API server refuses this object for good; its message says why.',
        },
      );
    }
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isConflictError(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409;
}

function mayBeRepeated(error: unknown): boolean {
  return isConflictError(error) || isTransient(error);
}
