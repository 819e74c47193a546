import { readFile, readdir } from 'node:fs/promises';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { StoredState } from '../../src/sandbox/apiserver/store.ts';

/** A cluster as a process left it that was killed: journals of the release that ran there, and what was done by then. */
export interface Recording {
  scenario: string;
  /** The last call that the process began. */
  call: number;
  /** Of the store. */
  version: number;
  /** By storage; without what every cluster has. */
  objects: Record<string, KubernetesObject[]>;
  /** How often each effect was done. */
  effects: [string, number][];
}

const FOLDER = new URL('../golden/journals/', import.meta.url);

/** By the version of their journals: `version-1.jsonl` has a recording a line. */
export async function readRecordings(): Promise<{ file: string; recordings: Recording[] }[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.jsonl')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const lines = (await readFile(new URL(file, FOLDER), 'utf8')).trim().split('\n');
      return { file, recordings: lines.map((line) => JSON.parse(line) as Recording) };
    }),
  );
}

export function withRecording({ version, objects }: StoredState, recording: Recording): StoredState {
  const all = new Map(objects);
  for (const [storage, recorded] of Object.entries(recording.objects)) {
    all.set(storage, [...(all.get(storage) ?? []), ...(recorded as never[])]);
  }
  return { version: Math.max(version, recording.version), objects: all };
}
