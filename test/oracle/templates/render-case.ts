import { randomBytes } from 'node:crypto';
import {
  compileTemplate,
  originalFunctions,
  sprigFunctions,
  TemplateError,
  textTemplateFunctions,
} from '../../../src/gotemplate/index.ts';
import { comparable } from './oracle-case.ts';
import type { FunctionMap, SprigOptions } from '../../../src/gotemplate/index.ts';
import type { Answer, OracleCase } from './oracle-case.ts';
import { valueOf } from './typed-data.ts';

/** Host names that need no name server: these mean themselves. */
const addresses = ['127.0.0.1', '::1', '10.1.2.3', '1.2.3.4', '255.255.255.255', 'fe80::1'];

/** What our engine makes of a case. */
export function renderCase(given: OracleCase): Answer {
  const now = new Date(given.now ?? '2024-01-02T03:04:05Z');
  const options = {
    now: () => now,
    random: randomBytes,
    environment: { SOME_VARIABLE: 'some value' },
    hosts: Object.fromEntries(addresses.map((address) => [address, [address]])),
  };
  const functions = functionsOf(given, options);
  try {
    const template = compileTemplate(given.template, {
      name: given.name ?? 'config',
      functions,
      missingKey: given.missingKey ?? 'error',
    });
    return { output: comparable(template.execute(valueOf(given.data ?? null))) };
  } catch (error) {
    if (error instanceof TemplateError) return { error: comparable(error.message) };
    throw error;
  }
}

function functionsOf({ functions }: OracleCase, options: SprigOptions): FunctionMap {
  switch (functions) {
    case 'none':
      return textTemplateFunctions;
    case 'additions':
      return sprigFunctions(options);
    case 'kanister':
    case undefined:
      return originalFunctions(options);
  }
}
