import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderCase } from '../render-case.ts';
import { certificateCases } from './certificate-cases.ts';
import { structureOf } from './certificate-structure.ts';

const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as {
  template: string;
  output: string;
}[];

describe('certificates', () => {
  it('have recordings of these cases: otherwise run record.ts', () => {
    expect(golden.map(({ template }) => template)).toEqual(certificateCases.map(({ template }) => template));
  });

  it.each(certificateCases.map((one, i) => [one.template, one, golden[i]?.output ?? ''] as const))(
    'are built as Go builds them: %s',
    (_template, one, expected) => {
      const answer = renderCase({ ...one, now: '2026-11-21T17:00:00Z' });
      expect(answer).toHaveProperty('output');
      const ours = 'output' in answer ? answer.output : '';
      expect(structureOf(new X509Certificate(ours).raw)).toEqual(
        structureOf(new X509Certificate(expected).raw),
      );
    },
  );
});
