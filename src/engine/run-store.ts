import { ApiError, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import { Failure } from './failure.ts';
import { Abandoned, ObjectGone, Outdated } from './gate.ts';
import { decodeJournal, encodeJournal, JOURNAL_ANNOTATION, type Claim, type Journal } from './journal.ts';
import { movePinsOut } from './journal-parts.ts';
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
  /** Whether the object is kept from going while it runs. */
  finalizer: boolean;
  /** The claim that the journal had when it was read, where another process began the run. */
  takenFrom?: Claim;
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
  /** Whether a write of ours is stored: until then the journal may still change under us. */
  #claimed = false;
  #ending = false;
  #ended = false;
  #size = 0;
  /** What the last write puts on the object. */
  #lastLabels: Record<string, string> = {};
  /** Why nothing may be written any more. What was given up once may not go on with half of its state. */
  #abandoned: Abandoned | undefined;

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
   * @throws {Abandoned} when another process has claimed the object, it is gone, or the run has ended.
   * @throws {Failure} when the API server will never take it
   */
  async commit(): Promise<void> {
    if (this.#ending) throw new Abandoned('the run has ended');
    // One that waits for its turn has not looked at the state yet.
    if (this.#next) return this.#next;
    if (this.#writing === undefined) return this.#start();
    this.#next = this.#writing.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Bytes of the object as it was last written. */
  get size(): number {
    return this.#size;
  }

  /** The last write: the journal and the finalizer go, and with them the right to write. */
  async end(labels: Record<string, string> = {}): Promise<void> {
    this.#ending = true;
    this.#lastLabels = labels;
    // Whether what was under way succeeds does not matter: this write holds it all.
    for (let last; (last = this.#next ?? this.#writing);) await last.catch(() => undefined);
    this.#ended = true;
    await this.#start();
  }

  /** Whether the object with `status` as it stands still leaves room for the run's last write. */
  fits(): boolean {
    return sizeOf(this.#build()) + RESERVED <= LARGEST_OBJECT;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const writing = this.#write()
      .catch((error: unknown) => {
        if (error instanceof Abandoned) this.#abandoned ??= error;
        throw error;
      })
      .finally(() => {
        if (this.#writing === writing) this.#writing = undefined;
      });
    this.#writing = writing;
    return writing;
  }

  async #write(): Promise<void> {
    const { client, type, signal } = this.#options;
    this.journal.claim.sequence += 1;
    const sequence = this.journal.claim.sequence;
    for (let delay = 50; ; delay = Math.min(delay * 2, 5_000)) {
      if (this.#abandoned) throw this.#abandoned;
      if (signal.aborted) throw new Abandoned('the run was stopped');
      try {
        // Before the annotation that names it, so that no journal names what is not there.
        if (!this.#ended) await movePinsOut(this.journal, this.#object, client);
        const next = this.#build();
        this.#refuseTooLarge(next);
        // Unknown fields are dropped in silence either way, by the original's CRDs for one: looking for them would cost the server time.
        this.#object = await client.replace(type, next, { fieldValidation: 'Ignore' });
        this.#claimed = true;
        return;
      } catch (error) {
        if (!mayBeRepeated(error)) throw this.#final(error);
        if (await this.#wasApplied(sequence)) {
          this.#claimed = true;
          return;
        }
        if (!isConflictError(error)) await this.#pause(delay);
      }
    }
  }

  /** A server answers an object that is too large with an error that looks as if it could pass later. */
  #refuseTooLarge(object: KubernetesObject): void {
    const bytes = sizeOf(object);
    this.#size = bytes;
    // The last write has room of its own.
    if (this.#ended || bytes <= LARGEST_OBJECT) return;
    throw new Failure(
      'ObjectTooLarge',
      `${this.#options.type.kind} ${object.metadata?.name} has ${bytes} bytes with its status, ${LARGEST_OBJECT} can be stored`,
      { hint: 'Make its spec smaller: put large values into a ConfigMap or an object store.' },
    );
  }

  async #pause(milliseconds: number): Promise<void> {
    const { clock, signal } = this.#options;
    await clock.sleep(milliseconds, signal).catch(() => {
      throw new Abandoned('the run was stopped');
    });
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
      const mayHold = held || metadata.deletionTimestamp === undefined;
      if (this.#options.finalizer && mayHold) finalizers.push(FINALIZER);
    }
    metadata.annotations = annotations;
    metadata.finalizers = finalizers;
    // Gives up who wrote which field: keeping account of it takes the API server a sixth of the time of every write, and of the bytes.
    metadata.managedFields = [{}];
    if (this.#ended && Object.keys(this.#lastLabels).length > 0)
      metadata.labels = { ...metadata.labels, ...this.#lastLabels };
    if (finalizers.length === 0) delete metadata.finalizers;
    if (Object.keys(annotations).length === 0) delete metadata.annotations;
    return { ...this.#object, metadata, status: structuredClone(this.status) };
  }

  /** Reads the object after a write whose outcome is open; takes over what others changed in it. */
  async #wasApplied(sequence: number): Promise<boolean> {
    const { client, type, signal } = this.#options;
    const metadata = this.#object.metadata;
    const name = { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' };
    for (let delay = 50; ; delay = Math.min(delay * 2, 5_000)) {
      if (signal.aborted) throw new Abandoned('the run was stopped');
      try {
        const found = await client.get<KubernetesObject & { status?: { state?: string } }>(type, name);
        if (found.metadata?.uid !== metadata?.uid)
          throw new ObjectGone('the object was deleted and created anew');
        return this.#compare(found, sequence);
      } catch (error) {
        if (isNotFound(error)) {
          // The last write removes the finalizer: of an object that was being deleted nothing is left to see.
          if (this.#ended) return true;
          throw new ObjectGone('the object was deleted');
        }
        if (!mayBeRepeated(error)) throw error;
        await this.#pause(delay);
      }
    }
  }

  #compare(found: KubernetesObject & { status?: { state?: string } }, sequence: number): boolean {
    const { claim } = this.journal;
    const theirs = claimOf(found);
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
    // A late write of the process before us: its journal knows of effects that ours does not.
    const { takenFrom } = this.#options;
    const isOurs = theirs.epoch === claim.epoch;
    if (!this.#claimed && !isOurs && !(takenFrom && isSameClaim(theirs, takenFrom)))
      throw new Outdated(`the run was written by ${theirs.holder} in the meantime`);
    this.#object = found;
    return !this.#ended && theirs.epoch === claim.epoch && theirs.sequence === sequence;
  }

  /** A write that the server will never take: ends the run in a way that its phase can report. */
  #final(error: unknown): Error {
    if (error instanceof Abandoned) return error;
    if (isNotFound(error)) return new ObjectGone('the object was deleted');
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

/** The claim on an object; undefined where none can be read, because then nobody can go on from it but us. */
function claimOf(object: KubernetesObject): Claim | undefined {
  try {
    return decodeJournal(object.metadata?.annotations)?.claim;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'JournalUnreadable') return undefined;
    if (error instanceof Failure && error.reason === 'JournalNewer')
      throw new Abandoned('the run was claimed by a later version of the operator');
    throw error;
  }
}

function isSameClaim(one: Claim, other: Claim): boolean {
  return one.epoch === other.epoch && one.holder === other.holder && one.sequence === other.sequence;
}

function sizeOf(object: KubernetesObject): number {
  return Buffer.byteLength(JSON.stringify(object));
}

function isConflictError(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409;
}

function mayBeRepeated(error: unknown): boolean {
  return isConflictError(error) || isTransient(error);
}
