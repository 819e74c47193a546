import { describe, expect, it } from 'vitest';
import { fillConditionPaths } from './condition-paths.ts';

const pod = {
  spec: { replicas: 3 },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Available', status: 'True' }],
    token: 'hunter2',
  },
};

describe('the paths of a condition', () => {
  it.each([
    [
      '{{ if (eq "{ $.status.phase }" "Running") }}true{{ else }}false{{ end }}',
      '{{ if (eq "Running" "Running") }}true{{ else }}false{{ end }}',
    ],
    ['{$.spec.replicas}-{  $.spec.replicas  }', '3-3'],
    [`{ $.status.conditions[?(@.type == 'Available')].status }`, 'True'],
    ['{ $.status.conditions[].status }', 'True'],
    ['{ .status.phase } {{ "x" }}', '{ .status.phase } {{ "x" }}'],
  ])('%s becomes %s', (condition, filled) => {
    expect(fillConditionPaths(condition, pod)).toBe(filled);
  });

  it('that do not parse are an error, not an empty text', () => {
    expect(() => fillConditionPaths('{{ eq "{ $.status.phase[ }" "" }}', pod)).toThrow(
      'error parsing jsonpath {.status.phase[}, unterminated array',
    );
  });

  it('name what they do not find, and nothing of the object', () => {
    const message =
      'error executing jsonpath "{.status.missing}": Error executing template: missing is not found';
    expect(() => fillConditionPaths('{ $.status.missing }', pod)).toThrow(message);
  });
});
