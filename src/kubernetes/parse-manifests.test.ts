import {
  array,
  assert,
  constantFrom,
  dictionary,
  jsonValue,
  property,
  record,
  string,
  tuple,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifests } from './parse-manifests.ts';

describe('a text of manifests', () => {
  it('may be any JSON objects one after the other', () => {
    const manifest = record({
      kind: constantFrom('Any'),
      spec: jsonValue(),
      data: dictionary(string(), string()),
    });
    const blank = constantFrom('', ' ', '\n', '\r\n\t');
    assert(
      property(array(tuple(manifest, blank, constantFrom(undefined, 2))), (written) => {
        const text = written
          .map(([object, after, indent]) => JSON.stringify(object, null, indent) + after)
          .join('');
        expect(parseManifests(text)).toEqual(written.map(([object]) => JSON.parse(JSON.stringify(object))));
      }),
      { numRuns: 100 },
    );
  });

  it('may be YAML that begins with a brace', () => {
    expect(parseManifests('{kind: A}\n---\n{kind: B, text: "}{"}\n')).toEqual([
      { kind: 'A' },
      { kind: 'B', text: '}{' },
    ]);
  });

  it('tells items of a list what the list says of them, and takes the last of two keys', () => {
    const text =
      'apiVersion: v1\nkind: PodList\nitems: [{}, {kind: Other, apiVersion: x/v1}]\n---\nkind: A\nkind: B\n';
    expect(parseManifests(text)).toEqual([
      { apiVersion: 'v1', kind: 'Pod' },
      { apiVersion: 'x/v1', kind: 'Other' },
      { kind: 'B' },
    ]);
  });

  it('that can’t be read repeats nothing of it, because it may be secret', () => {
    for (const text of [
      'hunter2',
      '- hunter2',
      'kind: {hunter2: hunter2}',
      'stringData: {password: hunter2}',
      'kind: A\n  password: hunter2',
    ]) {
      expect(() => parseManifests(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
      );
    }
  });
});
