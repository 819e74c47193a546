import { hostname } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { InvalidDuration, parseDuration } from '../gotemplate/duration.ts';

/** All that the operator can be told, from its command line and environment; nothing else reads either. */
export interface OperatorSettings {
  /** Where it runs, and what it watches unless `watchNamespaces` says otherwise. */
  namespace: string | undefined;
  /** Empty: its own namespace. `*`: all. */
  watchNamespaces: string[];
  kubeconfig: string | undefined;
  /** Unlike that of every other process; the pod's UID lets a restarted container go on at once. */
  identity: string | undefined;
  podName: string;
  serviceAccount: string | undefined;
  leaderElection: boolean;
  /** Whether running ActionSets are kept from being deleted until they have been ended. */
  finalizers: boolean;
  /** Milliseconds that a pod may have been left over before it is removed, where pods may be listed; 0: never looked for. */
  sweepAfter: number;
  /** How many actions may be at work at once; those that only wait for their pods do not count. */
  concurrency: number;
  /** Modules that export `functions`, `podAppliers` or `credentialInjectors`. */
  functionModules: string[];
  /** File of what all pods of functions get. */
  podDefaults: string | undefined;
  health: { port: number; address: string; livenessPath: string; readinessPath: string };
  /** `resolutions`: the original's one counter; `labelLimit`: how many Blueprints' actions, and how many phases, are told apart. */
  metrics: { resolutions: boolean; labelLimit: number };
  updateCrds: boolean;
  toolsImage: string;
  /** Milliseconds. */
  podReadyTimeout: number;
  secureDefaultsForJobPods: boolean;
  log: { level: string; hostname: string | undefined; serviceName: string | undefined };
  /** Shown by the health endpoint and in logs. */
  version: string;
  env: Record<string, string | undefined>;
}

const TOOLS_IMAGE = 'ghcr.io/kanisterio/kanister-tools:0.119.0';
const POD_READY_TIMEOUT_MINUTES = 15;
/** With all of them in use a scrape has some twenty thousand lines. */
const METRICS_LABEL_LIMIT = 200;
const CONCURRENCY = 64;
const SWEEP_AFTER = 10 * 60_000;
/** More is a slip of the hand: each action at work has requests under way. */
const MOST_CONCURRENCY = 10_000;

export function readSettings(
  argv: string[],
  env: Record<string, string | undefined>,
  version: string,
): OperatorSettings {
  const flags = command(version).parse(argv, { from: 'user' }).opts<Flags>();
  return {
    namespace: flags.namespace ?? env['POD_NAMESPACE'],
    watchNamespaces: flags.watchNamespace,
    kubeconfig: flags.kubeconfig,
    identity: flags.identity ?? env['POD_UID'],
    podName: env['POD_NAME'] ?? hostname(),
    serviceAccount: env['POD_SERVICE_ACCOUNT'],
    leaderElection: flags.leaderElection,
    finalizers: flags.finalizers,
    sweepAfter: flags.sweepAfter,
    concurrency: flags.concurrency,
    functionModules: flags.functions,
    podDefaults: flags.podDefaults,
    health: {
      port: flags.healthPort ?? integer(env['HEALTH_CHECK_PORT']) ?? 8000,
      address: flags.bindAddress ?? '',
      livenessPath: env['LIVENESS_PATH'] ?? '/v0/healthz',
      readinessPath: env['READINESS_PATH'] ?? '/v0/readyz',
    },
    metrics: {
      resolutions: isTrue(env['KANISTER_METRICS_ENABLED']),
      labelLimit: flags.metricsLabelLimit,
    },
    updateCrds: !isFalse(env['CREATEORUPDATE_CRDS']),
    toolsImage: env['KANISTER_TOOLS'] ?? TOOLS_IMAGE,
    podReadyTimeout: podReadyMinutes(env) * 60_000,
    secureDefaultsForJobPods: env['SECURE_DEFAULTS_FOR_JOB_PODS'] === 'true',
    log: {
      level: flags.logLevel ?? env['LOG_LEVEL'] ?? 'info',
      hostname: env['HOSTNAME'],
      serviceName: env['SERVICE_NAME'],
    },
    version: env['VERSION'] ?? version,
    env,
  };
}

interface Flags {
  namespace?: string;
  watchNamespace: string[];
  kubeconfig?: string;
  identity?: string;
  leaderElection: boolean;
  finalizers: boolean;
  sweepAfter: number;
  concurrency: number;
  functions: string[];
  podDefaults?: string;
  healthPort?: number;
  bindAddress?: string;
  metricsLabelLimit: number;
  logLevel?: string;
}

function command(version: string): Command {
  const collect = (value: string, before: string[]) => [...before, value];
  return new Command('kanister-operator')
    .description('Runs the actions of ActionSets.')
    .version(version)
    .option(
      '--namespace <name>',
      'namespace that the operator runs in (default: POD_NAMESPACE, else its service account’s)',
    )
    .option(
      '--watch-namespace <name>',
      'namespace whose ActionSets are run, can be repeated; * for all (default: its own)',
      collect,
      [],
    )
    .option('--kubeconfig <file>', 'how to reach the API server from outside the cluster')
    .option(
      '--identity <text>',
      'who claims ActionSets; unlike that of any other process (default: POD_UID, else random)',
    )
    .option('--no-leader-election', 'run without a Lease: for one replica only')
    .option(
      '--no-finalizers',
      'let a running ActionSet be deleted at once: what its run made is removed, its deferPhase is not run',
    )
    .option(
      '--sweep-after <duration>',
      'age from which a pod is removed whose run is over, where pods may be listed; 0 leaves such pods alone (default: 10m)',
      duration,
      SWEEP_AFTER,
    )
    .option(
      '--concurrency <number>',
      'actions that may be at work at once; those that only wait do not count',
      concurrency,
      CONCURRENCY,
    )
    .option(
      '--functions <module>',
      'module that exports further `functions`, `podAppliers` or `credentialInjectors`, can be repeated',
      collect,
      [],
    )
    .option(
      '--pod-defaults <file>',
      'YAML with `labels`, `annotations`, `spec` and `container` for the pods of all functions',
    )
    .option(
      '--health-port <port>',
      'port of health and metrics; 0 takes any (default: HEALTH_CHECK_PORT, else 8000)',
      port,
    )
    .option('--bind-address <address>', 'address of health and metrics (default: all)')
    .option(
      '--metrics-label-limit <count>',
      'how many actions of Blueprints, and how many phases, metrics tell apart; further ones are `other`',
      count,
      METRICS_LABEL_LIMIT,
    )
    .option(
      '--log-level <level>',
      'trace, debug, info, warn, error or fatal (default: LOG_LEVEL, else info)',
    );
}

function port(text: string): number {
  const value = integer(text);
  if (value === undefined || value > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return value;
}

/** Milliseconds. */
function duration(text: string): number {
  const problem = 'A time such as 90s, 30m or 1h is wanted, or 0.';
  try {
    const value = Number(parseDuration(text) / 1_000_000n);
    if (value >= 0) return value;
  } catch (error) {
    if (!(error instanceof InvalidDuration)) throw error;
  }
  throw new InvalidArgumentError(problem);
}

function concurrency(text: string): number {
  const value = integer(text);
  if (value === undefined || value < 1 || value > MOST_CONCURRENCY)
    throw new InvalidArgumentError(
      `How many actions may be at work is a number from 1 to ${MOST_CONCURRENCY}.`,
    );
  return value;
}

function count(text: string): number {
  const value = integer(text);
  if (value === undefined || value > 1_000_000)
    throw new InvalidArgumentError('A number from 0 to 1000000 is wanted.');
  return value;
}

/** Both names that the original has had for it; a value that is no number is ignored, as there. */
function podReadyMinutes(env: Record<string, string | undefined>): number {
  const minutes = integer(env['TIMEOUT_WORKER_POD_READY']) ?? integer(env['KANISTER_POD_READY_WAIT_TIMEOUT']);
  return minutes ?? POD_READY_TIMEOUT_MINUTES;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text);
}

function isFalse(text: string | undefined): boolean {
  return text !== undefined && ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text);
}
