import type { Command } from 'commander';
import { booleanFlag } from './flag.ts';
import { UsageError } from './usage-error.ts';

/**
 * A command line in which `--dry-run=true` reads `--dry-run`, `--dry-run=false` is left out, and `-n=x` reads `-n x`:
 * spellings of the original that commander does not know.
 */
export function spellBooleansPlainly(argv: readonly string[], program: Command): string[] {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const booleans = booleanNames(program);
  return [...flags.flatMap((argument) => plain(argument, booleans)), ...argv.slice(flags.length)];
}

function plain(argument: string, booleans: ReadonlySet<string>): string[] {
  const [, short, shortValue] = /^(-[A-Za-z])=(.*)$/s.exec(argument) ?? [];
  if (short !== undefined && shortValue !== undefined) return [short, shortValue];
  const [, long, value] = /^(--[\w-]+)=(.*)$/s.exec(argument) ?? [];
  if (long === undefined || value === undefined || !booleans.has(long)) return [argument];
  return isTrue(long, value) ? [long] : [];
}

function isTrue(flag: string, value: string): boolean {
  try {
    return booleanFlag({ usage: '' }).parse(value, undefined);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`invalid argument ${JSON.stringify(value)} for "${flag}" flag: ${error.message}`);
  }
}

function booleanNames(command: Command): Set<string> {
  return new Set([
    ...command.options
      .filter(({ required, optional }) => !required && !optional)
      .map(({ long }) => long ?? ''),
    ...command.commands.flatMap((child) => [...booleanNames(child)]),
  ]);
}
