import { describe, expect, it } from 'vitest';
import { checkPodMetadata } from './check-pod-metadata.ts';

describe('labels and annotations of pods in a Blueprint', () => {
  it.each([
    ['are absent', {}],
    [
      'are good',
      { podLabels: { 'example.com/team': 'db', empty: '' }, podAnnotations: { note: 'any text at all!' } },
    ],
    [
      'are templates',
      { podLabels: { '{{ .Options.key }}': '{{ .Options.value }}' }, podAnnotations: '{{ x }}' },
    ],
    ['have values that are made texts later', { podLabels: { enabled: true, count: 3 } }],
  ])('pass when they %s', (_what, raw) => {
    expect(() => checkPodMetadata(raw)).not.toThrow();
  });

  it.each([
    [
      { podLabels: 'a=b' },
      'while getting pod labels from function args: podLabels are not in correct format.',
    ],
    [{ podAnnotations: ['a'] }, 'podAnnotations are not in correct format.'],
    [{ podLabels: { 'a b': 'c' } }, "while validating labels: label key 'a b' failed validation. ["],
    [{ podLabels: { 'Example.com/a': 'c' } }, "label key 'Example.com/a' failed validation. ["],
    [{ podLabels: { 'a/b/c': 'c' } }, "label key 'a/b/c' failed validation. ["],
    [{ podLabels: { a: 'x y' } }, "label value 'x y' failed validation. ["],
    [{ podLabels: { a: 'x'.repeat(64) } }, 'failed validation. ['],
    [
      { podAnnotations: { '-a': '' } },
      "while validating annotations: annotation key '-a' failed validation. [",
    ],
  ])('%j is refused', (raw, text) => {
    expect(() => checkPodMetadata(raw)).toThrow(/^Kanister function validation failed, while /);
    expect(() => checkPodMetadata(raw)).toThrow(text);
  });
});
