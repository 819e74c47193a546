import { textFlag, type Flag } from './flag.ts';
import { UsageError } from './usage-error.ts';

/** `-o`, with the formats that a command has besides its own text, which is meant when the flag is absent. */
export function outputFlag(formats: readonly string[], text: string): Flag<string> {
  return textFlag({ short: 'o', usage: `${alternatives(formats)}; ${text} when absent` });
}

/** @throws {UsageError} when a format was asked for that the command does not have */
export function checkFormat(format: string, formats: readonly string[]): void {
  if (format === '' || formats.includes(format)) return;
  throw new UsageError(`unknown output format ${JSON.stringify(format)}: expected ${alternatives(formats)}`);
}

export async function formatDocument(document: object, format: string): Promise<string> {
  if (format === 'json') return `${JSON.stringify(document, undefined, 4)}\n`;
  const { formatYaml } = await import('../kubernetes/yaml.ts');
  return formatYaml(document);
}

const alternatives = (formats: readonly string[]): string =>
  [formats.slice(0, -1).join(', '), ...formats.slice(-1)].filter((part) => part !== '').join(' or ');
