/**
 * Rendering the nine texts of a phase, beside the Go program of test/oracle/templates: which parses each text at each rendering, with a map of
 * functions made anew, as the original does; and which has parsed them before.
 */
import { spawnSync } from 'node:child_process';
import { sprigFunctions, templateCache } from '../src/gotemplate/index.ts';
import { templateData } from '../src/engine/template-data.ts';
import { goIsHere, oracleProgram } from '../test/oracle/templates/oracle.ts';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';
import { goParameters, parameters, texts } from './templates/phase.ts';

const ROUNDS = 10;
const ROUND_MICROSECONDS = 100_000;

export const suite: Suite = {
  name: 'templates',
  async run() {
    const cached = perSecond(renderCached());
    const compiled = perSecond(renderCompiled);
    const rows: Row[] = [];
    const go = await measureGo();
    const perGo = (nanoseconds: number) => (texts.length * 1e9) / nanoseconds;
    if (go !== undefined) {
      rows.push({ name: 'Go, parsed each time', value: perGo(go.parsedEachTime), unit: '1/s' });
      rows.push({ name: 'Go, parsed before', value: perGo(go.parsedOnce), unit: '1/s' });
    }
    rows.push({ name: 'compiled each time', value: compiled, unit: '1/s' });
    rows.push({ name: 'compiled before', value: cached, unit: '1/s' });
    if (go !== undefined) {
      const times = (nanoseconds: number) => cached / perGo(nanoseconds);
      rows.push({
        name: 'against Go that parses each time',
        value: times(go.parsedEachTime),
        unit: '×',
        goal: { atLeast: 4 },
      });
      rows.push({
        name: 'against Go that has parsed before',
        value: times(go.parsedOnce),
        unit: '×',
        goal: { atLeast: 0.5 },
      });
    }
    return rows;
  },
};

const functions = sprigFunctions({
  now: () => new Date(parameters.time),
  random: (length) => new Uint8Array(length),
});

/** As the operator renders: one cache for its life, data made once a phase. */
function renderCached(): () => void {
  const template = templateCache({ functions, missingKey: 'error' });
  const data = templateData(parameters);
  return () => {
    for (const text of texts) template(text).execute(data);
  };
}

function renderCompiled(): void {
  const data = templateData(parameters);
  for (const text of texts) templateCache({ functions, missingKey: 'error' })(text).execute(data);
}

/** Texts a second of processor time, whatever else the machine does: the median of the rounds, after one that warms up. */
function perSecond(pass: () => void): number {
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = process.cpuUsage();
    let count = 0;
    let used = 0;
    for (; used < ROUND_MICROSECONDS; used = total(process.cpuUsage(start))) {
      for (let i = 0; i < 10; i++) pass();
      count += 10;
    }
    if (round > 0) rates.push((count * texts.length * 1e6) / used);
  }
  return median(rates);
}

const total = ({ user, system }: NodeJS.CpuUsage): number => user + system;

async function measureGo(): Promise<{ parsedEachTime: number; parsedOnce: number } | undefined> {
  if (!goIsHere()) return undefined;
  const requests = texts.map((template) => JSON.stringify({ template, data: { parameters: goParameters } }));
  const { status, stdout, stderr } = spawnSync(await oracleProgram(), ['bench'], {
    input: requests.join('\n'),
    encoding: 'utf8',
    env: { TZ: 'UTC' },
  });
  if (status !== 0) throw new Error(`the Go program ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as { parsedEachTime: number; parsedOnce: number };
}
