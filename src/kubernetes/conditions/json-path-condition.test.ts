import { describe, expect, it } from 'vitest';
import { compileJsonPathCondition } from './json-path-condition.ts';

const options = {
  now: () => new Date('2026-11-21T09:00:00Z'),
  random: (length: number) => new Uint8Array(length),
};
const compile = (condition: string) => compileJsonPathCondition(condition, options);

const pod = {
  metadata: { name: 'db-0', creationTimestamp: '2026-11-21T08:00:00Z' },
  spec: { replicas: 1 },
  status: { phase: 'Running', containerStatuses: [{ ready: true }, { ready: false }], note: 'a "quote"' },
};

describe('a condition of Wait', () => {
  it.each([
    ['of the documentation', '{{ if (eq "{ $.status.phase }" "Running")}}true{{ else }}false{{ end }}'],
    [
      'with a path that stands unquoted inside a template',
      '{{ if { $.status.containerStatuses[].ready } }}true{{ else }}false{{ end }}',
    ],
    ['that compares a number, unquoted', '{{ if (eq { $.spec.replicas } 1)}}true{{ else }}false{{ end }}'],
    ['that compares a number, quoted', '{{ eq "{ $.spec.replicas }" "1" }}'],
    ['that is a path alone', ' {$.status.containerStatuses[0].ready} '],
    ['with a filter', `{{ eq "{ $.status.containerStatuses[?(@.ready == true)].ready }" "true" }}`],
    [
      'with functions of sprig',
      '{{ and (hasPrefix "Run" "{ $.status.phase }") (gt (now | unixEpoch | int64) 0) }}',
    ],
  ])('%s holds where it prints true', (_name, condition) => {
    expect(compile(condition).evaluate(pod)).toEqual({ holds: true });
  });

  it('does not hold while a path finds nothing', () => {
    expect(
      compile('{{ if { $.status.containerStatuses[].ready } }}true{{ end }}').evaluate({ status: {} }),
    ).toEqual({
      holds: false,
      error:
        'error executing jsonpath "{.status.containerStatuses[].ready}": Error executing template: containerStatuses is not found',
    });
  });

  it('does not hold where the values make no template of it', () => {
    expect(compile('{{ if eq { $.status.phase } "Running" }}true{{ end }}').evaluate(pod)).toEqual({
      holds: false,
      error: 'template: config:1: function "Running" not defined',
    });
    expect(compile('{{ eq "{ $.status.note }" "" }}').evaluate(pod)).toMatchObject({ holds: false });
  });

  it.each([
    ['{{ if eq }}true', 'template: config:1: unexpected EOF'],
    [
      '{{ eq "{ $.status.phase }" "{ $.status.phase[ }" }}',
      'error parsing jsonpath {.status.phase[}, unterminated array',
    ],
  ])('that can be parsed for no object says so at once: %s', (condition, fault) => {
    expect(compile(condition).fault).toBe(fault);
  });
});
