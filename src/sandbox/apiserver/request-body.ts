import { parseYaml } from '../../kubernetes/yaml.ts';
import type { ApiRequest } from './api-exchange.ts';
import { refuseOversizedBody } from './object-size.ts';
import type { WriteRequestOptions } from './server-context.ts';
import { StatusError, badRequest, quote, unsupportedValue } from './status-error.ts';

/** The body of a request, parsed. @throws {StatusError} 400, 413 or 415 */
export function readBody({ headers, body }: ApiRequest): unknown {
  refuseOversizedBody(body.length);
  const type = (headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  const text = Buffer.from(body).toString('utf8');
  if (type === 'application/yaml') return parsed(() => parseYaml(text));
  if (type !== 'application/json' && !type.endsWith('+json') && !type.endsWith('+yaml')) {
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (found ${type})`,
    );
  }
  if (type.endsWith('+yaml')) return parsed(() => parseYaml(text));
  return parsed(() => JSON.parse(text));
}

function parsed(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw badRequest(
      `the body of the request cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A write's options, and the headers that carry its warnings once it is done. */
export function writeOptions(query: URLSearchParams): {
  write: WriteRequestOptions;
  headers(): Record<string, string>;
} {
  const warnings: string[] = [];
  const dryRun = query.getAll('dryRun');
  const unknown = dryRun.find((value) => value !== 'All');
  if (unknown !== undefined) {
    const { field, message } = unsupportedValue('dryRun', unknown, ['All']);
    throw badRequest(`${field}: ${message}`);
  }
  const validation = query.get('fieldValidation') || 'Warn';
  if (validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict') {
    const { field, message } = unsupportedValue('fieldValidation', validation, ['Ignore', 'Warn', 'Strict']);
    throw badRequest(`${field}: ${message}`);
  }
  return {
    write: { dryRun: dryRun.length > 0, fieldValidation: validation, warn: (text) => warnings.push(text) },
    headers(): Record<string, string> {
      if (warnings.length === 0) return {};
      return { warning: warnings.map((text) => `299 - ${quote(text)}`).join(', ') };
    },
  };
}
