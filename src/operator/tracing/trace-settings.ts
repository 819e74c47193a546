import { readFileSync } from 'node:fs';
import { messageOf } from '../../engine/failure.ts';
import type { Attributes } from './span.ts';

type Environment = Record<string, string | undefined>;

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

/** Where traces go, and how, by the environment variables of OpenTelemetry. */
export interface TraceSettings {
  url: URL;
  protocol: (typeof PROTOCOLS)[number];
  /** They may hold credentials, and are never shown. */
  headers: Record<string, string>;
  /** Milliseconds for one request. */
  timeout: number;
  gzip: boolean;
  /** PEM. */
  tls: { ca?: string; cert?: string; key?: string };
  resource: Attributes;
}

/**
 * Undefined where no traces are wanted: without an endpoint, or when they are switched off. Of each variable the one with `TRACES_` in
 * its name comes first.
 * @throws when a variable has a value that can't be followed; the message names it
 */
export function readTraceSettings(
  env: Environment,
  process: { version: string; instance: string },
): TraceSettings | undefined {
  const url = endpoint(env);
  if (url === undefined || !isWanted(env)) return undefined;
  return {
    url,
    protocol: protocol(env),
    headers: headers(env),
    timeout: timeout(env),
    gzip: isGzip(env),
    tls: {
      ...pem(env, 'ca', 'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CERTIFICATE'),
      ...pem(
        env,
        'cert',
        'OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE',
        'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
      ),
      ...pem(env, 'key', 'OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY', 'OTEL_EXPORTER_OTLP_CLIENT_KEY'),
    },
    resource: {
      'service.name': 'kanister-operator',
      'service.version': process.version,
      'service.instance.id': process.instance,
      ...pairs(env, 'OTEL_RESOURCE_ATTRIBUTES'),
      ...(env['OTEL_SERVICE_NAME'] ? { 'service.name': env['OTEL_SERVICE_NAME'] } : {}),
    },
  };
}

function isWanted(env: Environment): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const exporter = env['OTEL_TRACES_EXPORTER'] || 'otlp';
  if (exporter === 'none') return false;
  if (exporter === 'otlp') return true;
  throw new Error(`OTEL_TRACES_EXPORTER is ${exporter}: only otlp and none are there`);
}

/** The general one is a folder, in which each kind of telemetry has its place; the one for traces is taken as it stands. */
function endpoint(env: Environment): URL | undefined {
  const traces = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (traces) return httpUrl(traces, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const general = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!general) return undefined;
  const url = httpUrl(general, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url;
}

function httpUrl(text: string, variable: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Error(`${variable} is no URL that begins with http:// or https://`);
  return url;
}

function protocol(env: Environment): TraceSettings['protocol'] {
  const [variable, name] = first(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (name === undefined) return 'http/protobuf';
  const known = PROTOCOLS.find((candidate) => candidate === name);
  if (known === undefined)
    throw new Error(
      `${variable} is ${name}: traces are sent by ${PROTOCOLS.join(' or ')}, which collectors take on port 4318`,
    );
  return known;
}

function headers(env: Environment): TraceSettings['headers'] {
  const [variable] = first(env, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS');
  const given = Object.entries(pairs(env, variable));
  const wrong = given.find(([name, value]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t -~]/.test(value));
  if (wrong) throw new Error(`${variable}: the header "${wrong[0]}" can't be sent`);
  return Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
}

function timeout(env: Environment): number {
  const [variable, text] = first(env, 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT');
  if (text === undefined) return 10_000;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`${variable} is ${text}: a number of milliseconds is wanted`);
  return Number(text);
}

function isGzip(env: Environment): boolean {
  const [variable, name = 'none'] = first(
    env,
    'OTEL_EXPORTER_OTLP_TRACES_COMPRESSION',
    'OTEL_EXPORTER_OTLP_COMPRESSION',
  );
  if (name !== 'gzip' && name !== 'none') throw new Error(`${variable} is ${name}: gzip and none are there`);
  return name === 'gzip';
}

function pem<Part extends string>(
  env: Environment,
  part: Part,
  traces: string,
  general: string,
): Partial<Record<Part, string>> {
  const [variable, file] = first(env, traces, general);
  if (file === undefined) return {};
  try {
    return { [part]: readFileSync(file, 'utf8') } as Record<Part, string>;
  } catch (error) {
    throw new Error(`${variable}: ${messageOf(error)}`, { cause: error });
  }
}

/** The variable that counts, and its value; an empty one is as good as none. */
function first(
  env: Environment,
  traces: string,
  general: string,
): [variable: string, value: string | undefined] {
  return env[traces] ? [traces, env[traces].trim()] : [general, env[general]?.trim() || undefined];
}

/** `key=value,key=value`, percent-encoded. */
function pairs(env: Environment, variable: string): Record<string, string> {
  const entries = (env[variable] ?? '').split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    entries.map((pair) => {
      const [, key, value] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (!key || value === undefined) throw new Error(`${variable} must read key=value,key=value`);
      return [decoded(key, variable), decoded(value, variable)];
    }),
  );
}

function decoded(text: string, variable: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The text may be a credential: it is not shown.
    throw new Error(`${variable} has a % that is not followed by two hexadecimal digits`);
  }
}
