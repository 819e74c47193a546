import { describe, expect, it } from 'vitest';
import { RETENTION_LABEL, RETENTION_SELECTOR } from '../src/api/kanister/retention.ts';
import { readSettings } from '../src/operator/settings.ts';
import { mistakesIn, readPage, resourcesOf } from './support/page-documents.ts';

const page = readPage('retention.md');

describe('docs/retention.md', () => {
  it('shows resources that the API server takes as they are, with nothing that it would drop', () => {
    const resources = resourcesOf(page);
    expect(resources.map(({ kind }) => kind)).toEqual(['ActionSet', 'Blueprint']);
    expect(resources.flatMap(mistakesIn)).toEqual([]);
  });

  it('names the label and the flag as the operator knows them', () => {
    expect(page).toContain(`\`${RETENTION_LABEL}: "true"\``);
    expect(page).toContain(` ${RETENTION_SELECTOR}\n`);
    const [, flag = '', value = ''] = /kanister-operator (--\S+) (\d+)/.exec(page) ?? [];
    expect(readSettings([flag, value], {}, '1')).toEqual(readSettings([], {}, '1'));
  });
});
