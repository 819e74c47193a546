import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Registry } from 'prom-client';

/** The text of a scrape. */
export interface Exposition {
  contentType: string;
  text: string;
}

/**
 * All metrics of a registry in the form that the scraper prefers by its Accept header: OpenMetrics 1.0 where it asks for that, the text format of
 * Prometheus 0.0.4 otherwise. (What prom-client writes as OpenMetrics renames the counters of the registry for good, so that
 * the other form lacks their `_total` ever after.)
 */
export async function writeExposition(registry: Registry, accept: string | undefined): Promise<Exposition> {
  const form = prefersOpenMetrics(accept) ? OPEN_METRICS : PROMETHEUS;
  const families: MetricFamily[] = await registry.getMetricsAsJSON();
  let text = '';
  for (const family of families) {
    text += form.family(family);
    // A large scrape takes a tenth of a second in all, and runs go on meanwhile.
    await turnOfTheLoop();
  }
  return { contentType: form.contentType, text: text + form.end };
}

/** The shape of what prom-client gives out; `type` is a word, unlike in its declarations. */
interface MetricFamily {
  name: string;
  help: string;
  type: unknown;
  values: Sample[];
}

interface Sample {
  value: number;
  labels: Partial<Record<string, string | number>>;
  /** Unlike the family's, as that of a histogram's buckets. */
  metricName?: string;
}

const PROMETHEUS = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  family: (family: MetricFamily) =>
    `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${String(family.type)}\n` +
    family.values.map((sample) => sampleLine(family, sample, String)).join(''),
  end: '',
};

const OPEN_METRICS = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  family: (family: MetricFamily) => {
    const name = family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
    return (
      `# HELP ${name} ${escapeValue(family.help)}\n# TYPE ${name} ${String(family.type)}\n` +
      family.values.map((sample) => sampleLine(family, sample, canonicalBound)).join('')
    );
  },
  end: '# EOF\n',
};

function sampleLine(
  { name }: MetricFamily,
  { value, labels, metricName = name }: Sample,
  bound: (value: unknown) => string,
): string {
  let pairs = '';
  for (const label in labels) {
    const text = labels[label];
    pairs += `${pairs === '' ? '' : ','}${label}="${label === 'le' ? bound(text) : escapeValue(String(text))}"`;
  }
  return `${metricName}${pairs === '' ? '' : `{${pairs}}`} ${numberText(value)}\n`;
}

/** OpenMetrics wants the bounds of buckets to be floats. */
function canonicalBound(bound: unknown): string {
  return typeof bound === 'number' && Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Of the ten thousands of values in a large scrape hardly one needs it. */
function escapeValue(text: string): string {
  if (!/[\\\n"]/.test(text)) return text;
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** Whoever does not say which version of OpenMetrics it reads, or only an earlier one, gets the older format, which all read. */
function prefersOpenMetrics(accept = ''): boolean {
  const offers = accept.split(',').map(readOffer);
  const openMetrics = bestOf(
    offers.filter(
      ({ type, version }) => type === 'application/openmetrics-text' && version?.startsWith('1.'),
    ),
  );
  const text = bestOf(
    offers.filter(
      ({ type, version }) => type === 'text/plain' && (version === undefined || version === '0.0.4'),
    ),
  );
  return openMetrics > 0 && openMetrics >= text;
}

interface Offer {
  type: string;
  version: string | undefined;
  quality: number;
}

function readOffer(text: string): Offer {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameter = (name: string) =>
    parameters.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(parameter('q') ?? 1);
  return { type, version: parameter('version'), quality: Number.isFinite(quality) ? quality : 0 };
}

function bestOf(offers: Offer[]): number {
  return Math.max(0, ...offers.map(({ quality }) => quality));
}
