import { gunzipSync, gzipSync } from 'node:zlib';
import type { ActionSpec, BlueprintAction } from '../api/kanister/types.ts';
import type { Json, JsonObject } from '../kubernetes/objects.ts';
import type { Workload } from './function.ts';
import { Failure } from './failure.ts';

/**
 * What an unfinished run needs to go on after the process that began it is gone. It lives in one annotation of its object, which
 * survives API servers and clients that do not know our status fields.
 */
export const JOURNAL_ANNOTATION = 'cr.kanister.io/run';

/** Raised when an older program could no longer continue a journal of this form. */
const JOURNAL_VERSION = 1;

/** Annotations of an object may have 262,144 bytes in all; what other annotations need stays free. */
const LARGEST_JOURNAL = 200_000;

/** Bytes: no more are unpacked from an annotation that somebody else may have written. */
const LARGEST_UNPACKED = 16 * 1024 * 1024;

/** Who may write: a higher epoch fences every writer before it. */
export interface Claim {
  epoch: number;
  holder: string;
  /** Counts the holder's writes, so that one whose reply was lost can be recognised. */
  sequence: number;
}

/** An object that the run made for its own use, to be removed by its name. */
export interface CreatedObject {
  step: string;
  group: string;
  version: string;
  resource: string;
  namespace: string;
  name: string;
  /** Known once the API server has answered. */
  uid?: string;
}

/** The phase that is in flight; those that have ended live in the status alone. */
export interface PhaseJournal {
  name: string;
  /** Its place among the action's phases, which may share names; -1 for the deferPhase. */
  index: number;
  attempt: number;
  startedAt: string;
  function: string;
  revision: number;
  /** Finished steps; a step without a result has an empty record. */
  steps: Record<string, { result?: Json }>;
  /** Unrepeatable steps that have begun. */
  intents: string[];
  created: CreatedObject[];
  checkpoints: Record<string, Json>;
}

/** What an action depends on, as it was at its first write; secrets and credentials are never here. */
export interface ActionPins {
  /** A copy of the Blueprint's action: editing or deleting the Blueprint does not change what runs. */
  blueprint: BlueprintAction;
  /** Which Blueprint it came from, for events. */
  blueprintObject?: { name: string; uid: string };
  /** The ActionSet's action at the start; its artifacts may not change under a run. */
  spec: ActionSpec;
  time: string;
  /** The object of the action; absent when it is a Secret, which is read again. */
  object?: JsonObject;
  subject?: Workload;
}

export interface ActionJournal {
  pins: ActionPins;
  phase?: PhaseJournal;
  /** Made by phases that have ended, not yet known to be removed. */
  cleanup: CreatedObject[];
}

export interface Journal {
  version: number;
  claim: Claim;
  /** Identity of the key from which templates draw randomness. */
  randomness: string;
  actions: ActionJournal[];
}

export function newJournal(holder: string, randomness: string): Journal {
  return { version: JOURNAL_VERSION, claim: { epoch: 1, holder, sequence: 0 }, randomness, actions: [] };
}

/** @throws {Failure} `JournalTooLarge` when it does not fit into an annotation. */
export function encodeJournal(journal: Journal): string {
  const json = Buffer.from(JSON.stringify(journal));
  const text = gzipSync(json).toString('base64');
  if (text.length > LARGEST_JOURNAL || json.length > LARGEST_UNPACKED) {
    throw new Failure(
      'JournalTooLarge',
      `the run's journal has ${text.length} bytes (unpacked ${json.length}), ${LARGEST_JOURNAL} (${LARGEST_UNPACKED}) fit into an annotation`,
      { hint: 'Make the Blueprint action or the object that it runs on smaller.' },
    );
  }
  return text;
}

/**
 * Undefined where there is none.
 * @throws {Failure} `JournalUnreadable`, or `JournalNewer` when a later version of this program wrote it.
 */
export function decodeJournal(annotations: Record<string, string> | undefined): Journal | undefined {
  const text = annotations?.[JOURNAL_ANNOTATION];
  if (text === undefined) return undefined;
  const journal = parse(text);
  if (journal.version > JOURNAL_VERSION) {
    throw new Failure(
      'JournalNewer',
      `the run's journal has version ${journal.version}, this program knows ${JOURNAL_VERSION}`,
      {
        hint: 'Run the version of the operator that started this ActionSet, or a later one.',
      },
    );
  }
  return journal;
}

function parse(text: string): Journal {
  try {
    const json = gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: LARGEST_UNPACKED });
    const journal = JSON.parse(json.toString('utf8')) as Partial<Journal> | null;
    if (typeof journal?.version !== 'number') throw new Error('it has no version');
    // What a later version keeps in it is not for this one to judge.
    if (journal.version <= JOURNAL_VERSION && !(journal.claim && Array.isArray(journal.actions)))
      throw new Error('it has no claim or no actions');
    return journal as Journal;
  } catch (error) {
    throw new Failure(
      'JournalUnreadable',
      `the annotation ${JOURNAL_ANNOTATION} can't be read: ${String(error)}`,
      {
        cause: error,
        hint: 'Somebody changed the annotation; remove it to have the ActionSet failed, and create a new one.',
      },
    );
  }
}
