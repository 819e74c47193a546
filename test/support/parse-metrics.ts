export interface ParsedFamily {
  name: string;
  type: string;
  help: string;
  samples: ParsedSample[];
}

export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What the samples of a family of each type are called, after the family's own name. */
const SUFFIXES: Record<string, string[]> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

/**
 * Reads a scrape, strictly: the text format of Prometheus 0.0.4, in which a counter's family has the name of its sample, or OpenMetrics 1.0.
 * @throws where a line, a name, an escape, the order of lines or the sum of buckets is not as the format wants it
 */
export function parseMetrics(text: string, form: 'prometheus' | 'openmetrics'): ParsedFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (form === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('# EOF is not at the end');
  const families: ParsedFamily[] = [];
  const help = new Map<string, string>();
  for (const line of lines) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line);
    if (comment) {
      const [, keyword, name = '', rest = ''] = comment;
      if (keyword === 'HELP') help.set(name, unescape(rest, form === 'openmetrics'));
      else families.push(newFamily(families, name, rest, help.get(name)));
    } else {
      const family = families.at(-1);
      if (!family) throw new Error(`a sample before all families: ${line}`);
      family.samples.push(parseSample(line, family, form));
    }
  }
  for (const family of families) checkFamily(family);
  return families;
}

function newFamily(
  before: ParsedFamily[],
  name: string,
  type: string,
  help: string | undefined,
): ParsedFamily {
  if (!(type in SUFFIXES)) throw new Error(`${name} has the type ${type}`);
  if (help === undefined) throw new Error(`${name} has no help before its type`);
  if (before.some((family) => family.name === name)) throw new Error(`${name} is there twice`);
  return { name, type, help, samples: [] };
}

function parseSample(line: string, family: ParsedFamily, form: 'prometheus' | 'openmetrics'): ParsedSample {
  const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!found) throw new Error(`no sample: ${line}`);
  const [, name = '', labels = '', number = ''] = found;
  const suffixes = form === 'prometheus' && family.type === 'counter' ? [''] : (SUFFIXES[family.type] ?? []);
  if (!suffixes.some((suffix) => name === family.name + suffix))
    throw new Error(`${name} is no sample of the ${family.type} ${family.name}`);
  if (!/^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/.test(number))
    throw new Error(`${number} is no value`);
  return { name, labels: parseLabels(labels, form), value: Number(number.replace('Inf', 'Infinity')) };
}

function parseLabels(text: string, form: 'prometheus' | 'openmetrics'): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const found = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|$)/.exec(rest);
    if (!found) throw new Error(`no labels: ${text}`);
    const [whole, name = '', value = ''] = found;
    if (name in labels) throw new Error(`${name} is there twice: ${text}`);
    if (form === 'openmetrics' && name === 'le' && !/^(?:\d+\.\d+(?:e[+-]?\d+)?|\+Inf)$/.test(value))
      throw new Error(`${value} is no bound of OpenMetrics`);
    labels[name] = unescape(value, true);
    rest = rest.slice(whole.length);
  }
  return labels;
}

function unescape(text: string, quotes: boolean): string {
  return text.replaceAll(/\\(.?)/g, (_, escaped: string) => {
    if (escaped === 'n') return '\n';
    if (escaped === '\\' || (quotes && escaped === '"')) return escaped;
    throw new Error(`\\${escaped} is no escape`);
  });
}

function checkFamily({ name, type, samples }: ParsedFamily): void {
  const keys = samples.map((sample) => JSON.stringify([sample.name, sortedLabels(sample.labels)]));
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a sample twice`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0)))
    throw new Error(`${name} is below zero`);
  if (type !== 'histogram') return;
  const sets = Map.groupBy(samples, ({ labels }) =>
    JSON.stringify(sortedLabels(labels).filter(([label]) => label !== 'le')),
  );
  for (const set of sets.values()) {
    const buckets = set.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('Inf', 'Infinity')));
    const count = set.find((sample) => sample.name === `${name}_count`)?.value;
    const isRising = (numbers: number[]) =>
      numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? 0));
    if (!isRising(bounds) || bounds.at(-1) !== Infinity) throw new Error(`${name} has no order of buckets`);
    if (!isRising(buckets.map(({ value }) => value)) || buckets.at(-1)?.value !== count)
      throw new Error(`the buckets of ${name} do not add up`);
  }
}

function sortedLabels(labels: Record<string, string>): [string, string][] {
  return Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
