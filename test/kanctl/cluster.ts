import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { kanisterCrds } from '../../src/api/kanister/crds.ts';
import type { FunctionDefinition } from '../../src/engine/function.ts';
import { functions } from '../../src/functions/index.ts';
import type { KanctlHost } from '../../src/kanctl/host.ts';
import { runKanctl } from '../../src/kanctl/run-kanctl.ts';
import { readSettings } from '../../src/kanctl/settings.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock, type Clock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import type { KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../src/kubernetes/resources.ts';
import { createApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';

/** How a kanctl command ended, and what it printed. */
export interface KanctlResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface KanctlOptions {
  stdin?: string;
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether stderr is a terminal. */
  terminal?: boolean;
  clock?: Clock;
  functions?: readonly FunctionDefinition[];
  /** In place of the cluster's own. */
  connect?: KanctlHost['connect'];
}

export interface RunningKanctl {
  result: Promise<KanctlResult>;
  /** Resolves when it has printed this text, on either stream. */
  printed(text: string): Promise<void>;
}

export interface Cluster {
  client: KubernetesClient;
  kanctl(argv: string[], options?: KanctlOptions): Promise<KanctlResult>;
  startKanctl(argv: string[], options?: KanctlOptions): RunningKanctl;
  create<T extends KubernetesObject>(type: ResourceType, object: T): Promise<T>;
  stop(): Promise<void>;
}

/** A Kubernetes API in this process with our CRDs, and kanctl against it. */
export async function startCluster({ namespace = 'default' } = {}): Promise<Cluster> {
  const server = createApiServer({ clock: systemClock, random: countedNumbers() });
  const client = createClient(inProcessTransport(server), { clock: systemClock });
  for (const definition of kanisterCrds) await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition);

  const bytes = countedBytes();

  function startKanctl(argv: string[], options: KanctlOptions = {}): RunningKanctl {
    const stdout = collect();
    const stderr = Object.assign(collect(), options.terminal && { isTTY: true, columns: 100 });
    const result = runKanctl(argv, {
      stdin: Readable.from([options.stdin ?? '']),
      stdout,
      stderr,
      settings: readSettings(options.env ?? {}),
      clock: options.clock ?? systemClock,
      random: bytes,
      signal: options.signal ?? new AbortController().signal,
      connect: options.connect ?? (() => Promise.resolve({ client, namespace })),
      functions: () => Promise.resolve(options.functions ?? functions),
    }).then((code) => ({ code, stdout: stdout.text(), stderr: stderr.text() }));
    return {
      result,
      async printed(text) {
        const ended = result.then((end) => {
          throw new Error(`it ended without printing ${JSON.stringify(text)}: ${JSON.stringify(end)}`);
        });
        await Promise.race([stdout.until(text), stderr.until(text), ended]);
      },
    };
  }

  return {
    client,
    startKanctl,
    kanctl: (argv, options) => startKanctl(argv, options).result,
    create: (type, object) => client.create(type, object),
    async stop() {
      await client.close();
      server.stop();
    },
  };
}

/** The same bytes in every run. */
function countedBytes(): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    const hashes: Buffer[] = [];
    for (let bytes = 0; bytes < length; bytes += 32) {
      hashes.push(createHash('sha256').update(String(count++)).digest());
    }
    return Buffer.concat(hashes).subarray(0, length);
  };
}

/** The same numbers from 0 to 1 in every run. */
function countedNumbers(): () => number {
  const bytes = countedBytes();
  return () => Buffer.from(bytes(4)).readUInt32BE() / 2 ** 32;
}

function collect(): Writable & { text(): string; until(text: string): Promise<void> } {
  let content = '';
  const waiting = new Set<() => void>();
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      content += chunk.toString();
      for (const check of waiting) check();
      done();
    },
  });
  return Object.assign(stream, {
    text: () => content,
    until: (text: string) =>
      new Promise<void>((resolve) => {
        const check = () => content.includes(text) && resolve();
        waiting.add(check);
        check();
      }),
  });
}
