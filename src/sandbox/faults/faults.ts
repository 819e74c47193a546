import type { Clock } from '../../kubernetes/clock.ts';
import type { RequestAttributes } from '../apiserver/auth/request-attributes.ts';
import { checkRule, requestMatches } from './fault-rule.ts';
import type { Fault, FaultRule, RequestMatch } from './fault-rule.ts';
import { seededRandom } from './seeded-random.ts';

/** What was done, and when. */
export interface FaultRecord {
  /** ISO 8601, on the sandbox's clock. */
  time: string;
  /** `update configmaps default/settings`, or what was done without a request. */
  subject: string;
  /** `delay 500 ms`, `answer 503`, `reset after`, … */
  fault: string;
}

/** Troubles of a cluster, on demand. The same rules and the same requests from the same seed meet the same faults. */
export interface Faults {
  /** Meets matching requests from now on. @throws {Error} for a rule that can't be */
  add(rule: FaultRule): { remove(): void };
  /** Takes all rules away. */
  clear(): void;
  /** Breaks the connections of watches; returns of how many. */
  dropWatches(match?: RequestMatch): number;
  /** Ends a pod's processes as a crash would, without its grace. */
  killPod(pod: { namespace: string; name: string; container?: string }): Promise<void>;
  /**
   * Leaves no space in a claim's volume: every change fails with ENOSPC, until it is removed. What a process has opened, and the folder
   * that it works in, are as they were; after `killPod` it meets the full volume there, too.
   */
  fillVolume(claim: { namespace: string; name: string }): Promise<{ remove(): Promise<void> }>;
  /** Lets time have passed. */
  moveClock(milliseconds: number): void;
  /** The latest 10,000, oldest first. */
  readonly log: readonly FaultRecord[];
}

/** Who does what is beyond requests. What is absent is refused in a sentence. */
export interface FaultTargets {
  killPod?(pod: { namespace: string; name: string; container?: string }): Promise<void>;
  /** Resolves with how to give the space back. */
  fillVolume?: ((claim: { namespace: string; name: string }) => Promise<() => Promise<void>>) | undefined;
  moveClock?(milliseconds: number): void;
}

/** The side of the faults that the server asks. */
export interface FaultSource {
  /** What the request meets, in order: delays, then at most one end. */
  meet(attributes: RequestAttributes, userAgent: string): Fault[];
  /** Enters an open watch; returns how to take it out again. */
  watching(attributes: RequestAttributes, userAgent: string, drop: () => void): () => void;
  record(subject: string, fault: string): void;
}

const LONGEST_LOG = 10_000;

export function createFaults(options: {
  clock: Clock;
  seed: number;
  targets: FaultTargets;
}): Faults & { source: FaultSource } {
  const { clock, seed, targets } = options;
  const rules: ActiveRule[] = [];
  const watches = new Set<{ attributes: RequestAttributes; userAgent: string; drop: () => void }>();
  const log: FaultRecord[] = [];
  let added = 0;

  const record = (subject: string, fault: string): void => {
    log.push({ time: clock.now().toISOString(), subject, fault });
    if (log.length > LONGEST_LOG) log.shift();
  };
  const demand = <T>(target: T | undefined, what: string): T => {
    if (target) return target;
    throw new Error(`this sandbox cannot ${what}: it runs without the part that could`);
  };

  return {
    log,
    add(rule) {
      checkRule(rule);
      added += 1;
      // Each rule draws from numbers of its own, whatever requests other rules meet.
      const active = { rule, random: seededRandom(seed + added * 0x9e3779b1), seen: 0, met: 0 };
      rules.push(active);
      return {
        remove() {
          const index = rules.indexOf(active);
          if (index !== -1) rules.splice(index, 1);
        },
      };
    },
    clear() {
      rules.length = 0;
    },
    dropWatches(match = {}) {
      const found = [...watches].filter(({ attributes, userAgent }) =>
        requestMatches(match, attributes, userAgent),
      );
      for (const { attributes, drop } of found) {
        record(describeRequest(attributes), 'watch dropped');
        drop();
      }
      return found.length;
    },
    async killPod(pod) {
      await demand(targets.killPod, 'kill a pod')(pod);
      record(`pod ${pod.namespace}/${pod.name}`, 'killed');
    },
    async fillVolume(claim) {
      const free = await demand(targets.fillVolume, 'fill a volume')(claim);
      const subject = `claim ${claim.namespace}/${claim.name}`;
      record(subject, 'filled');
      return {
        async remove() {
          await free();
          record(subject, 'has space again');
        },
      };
    },
    moveClock(milliseconds) {
      demand(targets.moveClock, 'move its clock')(milliseconds);
      record('clock', `moved ${milliseconds} ms`);
    },
    source: {
      record,
      meet(attributes, userAgent) {
        const met: Fault[] = [];
        for (const active of rules) {
          if (!requestMatches(active.rule.match ?? {}, attributes, userAgent)) continue;
          if (!strikes(active)) continue;
          met.push(active.rule.fault);
          record(describeRequest(attributes), describeFault(active.rule.fault));
          if (active.rule.fault.kind !== 'delay') break;
        }
        return met;
      },
      watching(attributes, userAgent, drop) {
        const watch = { attributes, userAgent, drop };
        watches.add(watch);
        return () => watches.delete(watch);
      },
    },
  };
}

interface ActiveRule {
  rule: FaultRule;
  random: () => number;
  seen: number;
  met: number;
}

function strikes(active: ActiveRule): boolean {
  const { skip = 0, times = Infinity, probability = 1 } = active.rule;
  active.seen += 1;
  if (active.seen <= skip || active.met >= times) return false;
  if (probability < 1 && active.random() >= probability) return false;
  active.met += 1;
  return true;
}

export function describeRequest({ verb, resource, path }: RequestAttributes): string {
  if (!resource) return `${verb} ${path}`;
  const kind = resource.subresource ? `${resource.resource}/${resource.subresource}` : resource.resource;
  const object = [resource.namespace, resource.name].filter((part) => part !== '').join('/');
  return `${verb} ${kind}${object && ` ${object}`}`;
}

function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'delay':
      return `delay ${fault.milliseconds} ms`;
    case 'answer':
      return `answer ${fault.code}`;
    case 'reset':
      return `reset ${fault.when}`;
    case 'late':
      return `late ${fault.milliseconds} ms`;
  }
}
