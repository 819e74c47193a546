import type { Conversation } from './conversation.ts';

export interface CaseOptions {
  /** Differences that must stay: a label of {@link compareTranscripts} (`*` stands for anything) → why. */
  explained?: Record<string, string>;
  /** Keeps `metadata.managedFields` in the transcript. */
  managedFields?: boolean;
  /** Only this side has it: what the sandbox refuses by name, or offers beyond a cluster. Needs no recording. */
  sandboxOnly?: boolean;
  /** It is not compared where this machine does not let a sandbox limit memory. */
  needsMemoryLimits?: boolean;
  /** Milliseconds; 60 s when absent. */
  timeout?: number;
}

export interface ConformanceCase extends CaseOptions {
  behaviour: string;
  name: string;
  run(conversation: Conversation): Promise<void>;
}

/** Files of cases register here as they are loaded; `loadCases` empties it into its result. */
const registered: ConformanceCase[] = [];

export function conformanceCase(
  behaviour: string,
  name: string,
  run: (conversation: Conversation) => Promise<void>,
  options: CaseOptions = {},
): void {
  registered.push({ behaviour, name, run, ...options });
}

export const registeredCases = (): readonly ConformanceCase[] => registered;
