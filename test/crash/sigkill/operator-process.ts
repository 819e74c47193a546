import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../../dist/kanister-operator.js');

/** Characters of a log that are kept for when something goes wrong. */
const LOG_LENGTH = 20_000;

export interface OperatorProcess {
  identity: string;
  /** Whether it has begun to lead; it may have ended since. */
  leads(): boolean;
  /** Resolves when it begins to lead, or ends before. */
  leading: Promise<void>;
  /** Resolves with the signal or the code by which it has ended. */
  ended: Promise<string>;
  log(): string;
  /** SIGKILL; resolves when it is gone, with the time on `performance`'s clock at which the signal was sent. */
  kill(): Promise<number>;
  /** SIGSTOP and SIGCONT: it does nothing meanwhile, not even notice it. Gives the time at which the signal was sent. */
  pause(): number;
  resume(): void;
}

/** The program that ships, as a process of its own. Definitions are left as they are: others may share the cluster. */
export function startOperatorProcess(options: {
  kubeconfig: string;
  namespace: string;
  identity: string;
}): OperatorProcess {
  const { kubeconfig, namespace, identity } = options;
  const flags = ['--kubeconfig', kubeconfig, '--namespace', namespace, '--identity', identity];
  const child = spawn(
    process.execPath,
    [PROGRAM, ...flags, '--health-port', '0', '--bind-address', '127.0.0.1'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], POD_SERVICE_ACCOUNT: 'default', CREATEORUPDATE_CRDS: 'false' },
    },
  );
  let log = '';
  let leads = false;
  const leading = Promise.withResolvers<void>();
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_LENGTH);
    if (leads || !log.includes('"leading"')) return;
    leads = true;
    leading.resolve();
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    leading.resolve();
    return String(signal ?? code);
  });
  return {
    identity,
    leads: () => leads,
    leading: leading.promise,
    ended,
    log: () => log,
    async kill() {
      const at = performance.now();
      child.kill('SIGKILL');
      await ended;
      return at;
    },
    pause() {
      child.kill('SIGSTOP');
      return performance.now();
    },
    resume: () => void child.kill('SIGCONT'),
  };
}
