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

/**
 * Raised when an older program could no longer continue a journal of this form. Older forms are read as they are: what version 1 lacks is
 * optional.
 */
export const JOURNAL_VERSION = 2;

/** Annotations of an object may have 262,144 bytes in all; what other annotations need stays free. */
const LARGEST_JOURNAL = 200_000;

/** Bytes from which on pins are moved out of the annotation: every write of the object carries it, and etcd keeps every version. */
const COMFORTABLE_JOURNAL = 64 * 1024;

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
  /** Requests for it by processes that ended, which the API server may carry out later. */
  late?: number;
}

/** The phase that is in flight; those that have ended live in the status alone. */
export interface PhaseJournal {
  name: string;
  /** Its place among the action's phases, which may share names; -1 for the deferPhase. */
  index: number;
  attempt: number;
  /** When this attempt began. */
  startedAt: string;
  /** When the first attempt began; absent in version 1, which has no further ones. */
  begunAt?: string;
  /** The attempt has not begun yet, and does not before this moment. */
  notBefore?: string;
  function: string;
  revision: number;
  /** Finished steps; a step without a result has an empty record. A lasting one holds for later attempts, too. */
  steps: Record<string, { result?: Json; lasting?: true }>;
  /** Unrepeatable steps that have begun. */
  intents: string[];
  created: CreatedObject[];
  checkpoints: Record<string, Json>;
  /** By unfinished step: what it has going on outside of the process, as its function needs to know it to end that. */
  outside?: Record<string, Json>;
}

/** What a phase wants to be undone when its action fails. */
export interface Undo {
  /** The phase's name, and its place among the action's phases. */
  phase: string;
  index: number;
  function: string;
  revision: number;
  /** What its function needs to know for that. */
  data: Json;
  /** An ended process may have asked for the change, and the request not be carried out yet. */
  late?: true;
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
  /** The actions, by index, that must have succeeded before. */
  needs?: number[];
  /** They have not ended yet: what this one is about is read, and pinned, when they have. */
  waiting?: true;
  /** The places of phases whose condition did not hold. */
  skipped?: number[];
  /** No phase may begin any more: another operator ran them, and only the deferPhase is left to do. */
  phasesOver?: true;
  /** It has ended, its artifacts included. */
  outcome?: 'complete' | 'failed';
  /** Made by phases that have ended, not yet known to be removed. */
  cleanup: CreatedObject[];
  /** To be undone should the action fail, the last one first; what has been undone is no longer here. */
  undo?: Undo[];
}

/** A ConfigMap that holds the pins of some actions, where they are too large for the annotation. Never changed once written. */
export interface JournalPart {
  name: string;
  uid: string;
  /** SHA-256 of its content, hexadecimal. */
  hash: string;
  /** The actions, by index. */
  actions: number[];
}

export interface Journal {
  version: number;
  claim: Claim;
  /** Identity of the key from which templates draw randomness. */
  randomness: string;
  /** Absent in version 1. */
  startedAt?: string;
  /** Why somebody wanted the run to end: it stays so when the wish is taken back. */
  cancelled?: string;
  /** Reason of the failure by which the run fails. */
  failure?: string;
  /** It may be deleted one day, because its spec or a Blueprint says so. */
  retention?: true;
  parts?: JournalPart[];
  actions: ActionJournal[];
}

export function newJournal(holder: string, randomness: string, now: Date): Journal {
  return {
    version: JOURNAL_VERSION,
    claim: { epoch: 1, holder, sequence: 0 },
    randomness,
    startedAt: now.toISOString(),
    actions: [],
  };
}

/** Whether it is small enough to be written again and again. */
export function isComfortable(journal: Journal): boolean {
  const json = toJson(journal);
  return json.length <= COMFORTABLE_JOURNAL || packed(json).length <= COMFORTABLE_JOURNAL;
}

/** @throws {Failure} `JournalTooLarge` when it does not fit into an annotation. */
export function encodeJournal(journal: Journal): string {
  const json = toJson(journal);
  const text = packed(json);
  if (text.length > LARGEST_JOURNAL || json.length > LARGEST_UNPACKED) {
    throw new Failure(
      'JournalTooLarge',
      `the run's journal has ${text.length} bytes (unpacked ${json.length}), ${LARGEST_JOURNAL} (${LARGEST_UNPACKED}) fit into an annotation`,
      {
        hint: 'Make the Blueprint action or the object that it runs on smaller, or let the operator create ConfigMaps in the namespace of the ActionSet: what does not fit is kept there.',
      },
    );
  }
  return text;
}

/** Without the pins that stand in ConfigMaps. */
function toJson(journal: Journal): Buffer {
  const elsewhere = new Set(journal.parts?.flatMap(({ actions }) => actions));
  const actions = journal.actions.map(({ pins, ...action }, index) =>
    elsewhere.has(index) ? action : { pins, ...action },
  );
  return Buffer.from(JSON.stringify({ ...journal, actions }));
}

function packed(json: Buffer): string {
  return gzipSync(json).toString('base64');
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
