import { systemClock } from '../kubernetes/clock.ts';
import type { Connection } from './host.ts';
import { runKanctl } from './run-kanctl.ts';
import { readSettings } from './settings.ts';

/** kanctl as this process: its arguments, streams, environment and signals. Sets the exit code. */
export async function runProcess(process: NodeJS.Process): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The second one ends the process at once.
    process.once(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader such as `head` that has seen enough is no error.
      if (error.code !== 'EPIPE') throw error;
    });
  }

  const settings = readSettings(process.env);
  const connections: Connection[] = [];
  process.exitCode = await runKanctl(process.argv.slice(2), {
    // Opening it takes time, and few commands read it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    settings,
    clock: systemClock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    signal: interruption.signal,
    async connect(options) {
      const { connect } = await import('./connect.ts');
      const connection = await connect(options, settings, {
        clock: systemClock,
        interactive: process.stdin.isTTY,
      });
      connections.push(connection);
      return connection;
    },
    functions: async () => (await import('../functions/index.ts')).functions,
  });
  await Promise.all(connections.map(({ client }) => client.close()));
}
