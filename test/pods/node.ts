import { spawn } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ContainerLogOptions, NodeAgent } from '../../src/sandbox/apiserver/node-agent.ts';

interface LogFile {
  lines: { second: number; text: string }[];
  ended: boolean;
  lost: boolean;
  followers: Set<{ stream: PassThrough; timestamps: boolean }>;
}

export interface TestNode extends NodeAgent {
  /** What a container prints, a line each, `second` being the time at which it does. */
  print(pod: string, container: string, second: number, ...lines: string[]): void;
  /** The container ends; its log stays. */
  end(pod: string, container: string): void;
  /** All open logs end as if the connection had been closed cleanly, which kubelets do for reasons of their own. */
  hangUp(): void;
  /** Throws away the lines before `second`, as a rotation does. */
  rotate(pod: string, container: string, second: number): void;
  /** The log is gone from the disk: the kubelet says so in its place, as real ones do. */
  lose(pod: string, container: string): void;
  /** How logs were asked for. */
  readonly opened: ContainerLogOptions[];
}

/** A node of which the test is the kubelet: logs are in memory, commands are processes of this machine. */
export function createTestNode(): TestNode {
  const logs = new Map<string, LogFile>();
  const opened: ContainerLogOptions[] = [];
  const logOf = (pod: string, container: string): LogFile => {
    const key = `${pod}/${container}`;
    const log = logs.get(key) ?? { lines: [], ended: false, lost: false, followers: new Set() };
    logs.set(key, log);
    return log;
  };

  return {
    opened,
    print(pod, container, second, ...lines) {
      const log = logOf(pod, container);
      for (const text of lines) {
        log.lines.push({ second, text });
        for (const { stream, timestamps } of log.followers)
          stream.write(format({ second, text }, timestamps));
      }
    },
    end(pod, container) {
      const log = logOf(pod, container);
      log.ended = true;
      for (const { stream } of log.followers) stream.end();
    },
    hangUp() {
      for (const { followers } of logs.values()) {
        for (const { stream } of followers) stream.end();
        followers.clear();
      }
    },
    rotate(pod, container, second) {
      const log = logOf(pod, container);
      log.lines = log.lines.filter((line) => line.second >= second);
    },
    lose(pod, container) {
      logOf(pod, container).lost = true;
    },
    async log(pod, container, options) {
      opened.push(options);
      const log = logOf(pod.metadata?.name ?? '', container);
      if (log.lost) {
        const words = 'unable to retrieve container logs for containerd://1\n';
        return Readable.from([Buffer.from(words)], { objectMode: false });
      }
      const since = options.sinceTime === undefined ? 0 : Date.parse(options.sinceTime);
      const chosen = log.lines.filter(({ second }) => Date.parse(timeOf(second)) >= since);
      const lines = options.tailLines === undefined ? chosen : chosen.slice(-options.tailLines);
      const text = lines.map((line) => format(line, options.timestamps));
      if (!options.follow || log.ended)
        return Readable.from(
          text.map((line) => Buffer.from(line)),
          { objectMode: false },
        );
      const stream = new PassThrough();
      for (const line of text) stream.write(line);
      const follower = { stream, timestamps: options.timestamps };
      log.followers.add(follower);
      stream.once('close', () => log.followers.delete(follower));
      return stream;
    },
    async exec(_pod, _container, { command: [file = '', ...args], stdout, stderr, signal }) {
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
      const exit = new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => resolve(code ?? 137));
      });
      const outputs = [
        stdout ? pipeline(child.stdout, stdout) : undefined,
        stderr ? pipeline(child.stderr, stderr) : undefined,
      ];
      const [exitCode] = await Promise.all([exit, ...outputs]);
      return { exitCode };
    },
    attach: () => Promise.reject(new Error('these containers can not be attached to')),
    connect: () => Promise.reject(new Error('these containers listen on no port')),
  };
}

function format({ second, text }: { second: number; text: string }, timestamps: boolean): string {
  return timestamps ? `${timeOf(second)} ${text}\n` : `${text}\n`;
}

function timeOf(second: number): string {
  return new Date(Date.UTC(2026, 10, 21, 9) + second * 1_000).toISOString().replace('Z', '000000Z');
}
