import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildPrograms } from '../../cluster/build-programs.ts';
import { clusterFolders } from '../../cluster/folders.ts';
import { findProgram } from '../../cluster/prerequisites.ts';
import { readSettings } from '../../cluster/settings.ts';
import type { GoAnswer } from './compare.ts';

const SOURCES = fileURLToPath(new URL('go', import.meta.url));
const PROGRAM = 'neighbours-oracle';

/** Whether there is a Go to build the program with. */
export function hasGo(): boolean {
  return findProgram('go', readSettings(process.env).path) !== undefined;
}

/** The path of the Go program; built when it is not there yet. */
export async function oracleProgram(): Promise<string> {
  const settings = readSettings(process.env);
  const built = await buildPrograms({
    ...settings,
    programs: clusterFolders(settings.cache).programs,
    modules: [{ name: PROGRAM, programs: { [PROGRAM]: '.' } }],
    sources: SOURCES,
    signal: AbortSignal.timeout(30 * 60_000),
    report: (line) => process.stderr.write(`${line}\n`),
  });
  return join(built[PROGRAM] ?? '', PROGRAM);
}

/** What the Go program says to cases of one neighbour, in their order. */
export async function askOracle(
  program: string,
  neighbour: string,
  inputs: readonly unknown[],
): Promise<GoAnswer[]> {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  child.stdin.end(inputs.map((input) => JSON.stringify({ neighbour, input })).join('\n'));
  const answers: GoAnswer[] = [];
  for await (const line of createInterface({ input: child.stdout })) answers.push(JSON.parse(line));
  const code = await ended;
  if (code !== 0 || answers.length !== inputs.length)
    throw new Error(
      `the Go program ended with ${code} after ${answers.length} of ${inputs.length} answers about ${neighbour}`,
    );
  return answers;
}
