import { readdir, readFile } from 'node:fs/promises';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';

/**
 * What was done with Kanister 0.114.0 on Kubernetes 1.34, and what came of it; made by make-scenarios.ts. Names of namespaces and images
 * are the recording's: `kanister` is the operator's namespace, written {@link OPERATOR_NAMESPACE}, `app-NAME` the application's.
 */
export interface Scenario {
  origin: string;
  /** Created one after the other; workloads are waited for. */
  input: InputObject[];
  steps: Step[];
  recorded: Facts;
}

export type InputObject = KubernetesObject & {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
};

/** What somebody does while the ActionSet runs, or after its end. */
export type Step = { when: 'running' | 'ended' } & (
  | { do: 'patch'; object: InputObject; patch: object }
  | { do: 'replace'; object: InputObject }
  | { do: 'kanctl'; argv: string[] }
);

/** What can be compared: without times, random names and places. Lists that have no order of their own are sorted. */
export interface Facts {
  /** Why objects were not created, in the API server's words. */
  refused: string[];
  actionSets: ActionSetFacts[];
  /** `Kind/name: Type Reason ×count: message`, of a warning the message's stem. */
  events: string[];
  /** As they were sent, without what the API server fills in. */
  pods: object[];
  execs: ExecFacts[];
  /** `Kind namespace/name` of what functions have created, changed or deleted, and what is there in the end. */
  objects: Record<string, ObjectFacts>;
}

export interface ActionSetFacts {
  name: string;
  state: string;
  /** Of a complete one: others show the moment at which it was last looked at. */
  percentCompleted?: string;
  /** Without the details in front of it and the JSON of its causes behind it. */
  message: string;
  /** The texts of its causes, from the outermost on. */
  causes: string[];
  actions: ActionFacts[];
}

export interface ActionFacts {
  name: string;
  blueprint: string;
  object: object;
  phases: PhaseFacts[];
  deferPhase: PhaseFacts;
  artifacts?: object;
}

export interface PhaseFacts {
  name: string;
  state: string;
  output?: object;
}

export interface ExecFacts {
  pod: string;
  container: string;
  command: string[];
}

export type ObjectFacts = 'there' | 'gone' | { replicas?: number; data?: object; labels?: object };

/** How the operator's namespace is written in scenarios: its real name is also a word of images, labels and groups. */
export const OPERATOR_NAMESPACE = 'operator-namespace';

/** All scenarios, as texts: names are put into them before they are parsed. */
export async function readScenarios(): Promise<{ origin: string; text: string }[]> {
  const folder = new URL('./scenarios/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(
    names.map(async (name) => ({
      origin: name.replace(/\.json$/, ''),
      text: await readFile(new URL(name, folder), 'utf8'),
    })),
  );
}
