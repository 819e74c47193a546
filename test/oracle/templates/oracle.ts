import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildPrograms } from '../../cluster/build-programs.ts';
import { clusterFolders } from '../../cluster/folders.ts';
import { findProgram } from '../../cluster/prerequisites.ts';
import { runCommand } from '../../cluster/run-command.ts';
import { readSettings } from '../../cluster/settings.ts';
import { comparable } from './oracle-case.ts';
import type { Answer, OracleCase } from './oracle-case.ts';

const SOURCES = fileURLToPath(new URL('go', import.meta.url));

/** The Go program that renders the same templates. */
export interface Oracle {
  /** Answers in the order of the cases. */
  ask(cases: readonly OracleCase[]): Promise<Answer[]>;
  close(): Promise<void>;
}

/** Starts the Go program, which is built first when it is not there or has changed. */
export async function startOracle(): Promise<Oracle> {
  const child = spawn(await oracleProgram(), [], { env: { TZ: 'UTC', SOME_VARIABLE: 'some value' } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const ended = once(child, 'close');
  return {
    async ask(cases) {
      const sent = send(child, cases);
      const answers: Answer[] = [];
      for (const one of cases) {
        const line = await lines.next();
        if (line.done === true) {
          throw new Error(
            `the Go program ended at ${JSON.stringify(one)}: ${Buffer.concat(errors).toString().slice(0, 2000)}`,
          );
        }
        answers.push(answerOf(one, line.value));
      }
      await sent;
      return answers;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Names of all functions that the Go program gives to templates besides text/template's own. */
export async function oracleFunctionNames(): Promise<string[]> {
  const program = await oracleProgram();
  return JSON.parse(
    await runCommand([program, 'functions'], { path: readSettings(process.env).path }),
  ) as string[];
}

/** Whether there is a Go to build the program with. */
export function goIsHere(): boolean {
  return findProgram('go', readSettings(process.env).path) !== undefined;
}

/** The path of the program; building takes a minute the first time. */
export async function oracleProgram(): Promise<string> {
  const settings = readSettings(process.env);
  const { templates = '' } = await buildPrograms({
    ...settings,
    programs: clusterFolders(settings.cache).programs,
    modules: [{ name: 'templates', programs: { templates: '.' } }],
    sources: SOURCES,
    signal: AbortSignal.timeout(15 * 60_000),
    report: (line) => process.stderr.write(`${line}\n`),
  });
  return join(templates, 'templates');
}

async function send(child: ChildProcessWithoutNullStreams, cases: readonly OracleCase[]): Promise<void> {
  for (const one of cases) {
    if (!child.stdin.write(`${JSON.stringify(one)}\n`)) await once(child.stdin, 'drain');
  }
}

function answerOf(asked: OracleCase, line: string): Answer {
  const answer = JSON.parse(line) as { output?: string; error?: string; refused?: string };
  if (answer.refused !== undefined) throw new Error(`${answer.refused}: ${JSON.stringify(asked)}`);
  if (answer.error !== undefined) return { error: comparable(answer.error) };
  return { output: comparable(answer.output ?? '') };
}
