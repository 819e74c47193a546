import { assert, boolean, constantFrom, integer, oneof, property, stringMatching } from 'fast-check';
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

  it.each([
    // A text that is there is true, whatever it says.
    '{{ if "{ $.status.containerStatuses[].ready }" }}true{{ else }}false{{ end }}',
    '{{ if and "{ $.status.ready }" "{ $.status.phase }" }}true{{ end }}',
    '{{ if { $.status.ready } }}true{{ else }}true{{ end }}',
    '{{ or true ({ $.status.ready }) }}',
    '{{ if { $.status.ready } }}{{ end }}true',
    '{{ eq "{ $.status.phase }" "{ $.status.phase }" }}',
    '{{ ge (len "{ $.status.phase }") 0 }}',
  ])('that holds for whatever its paths find says so: %s', (condition) => {
    expect(compile(condition).vacuity()).toMatch(/^true for whatever its paths find, `false` as well/);
  });

  it.each(['true', '{{ true }}', '{{ not "" }}'])('that asks for nothing says so: %s', (condition) => {
    expect(compile(condition).vacuity()).toMatch(/^true even for an object with nothing in it/);
  });

  it.each([
    '{{ if (eq "{ $.status.phase }" "Invalid")}}true{{ else }}false{{ end }}',
    '{{ if { $.status.containerStatuses[].ready } }}true{{ else }}false{{ end }}',
    '{ $.status.ready }',
    '{{ { $.status.ready } }}',
    '{{ not { $.spec.paused } }}',
    '{{ not (and { $.spec.paused } { $.spec.suspended }) }}',
    '{{ eq "{ $.status.ready }" "true" }}',
    '{{ ne "{ $.status.address }" "" }}',
    '{{ ne "{ $.status.phase }" "Pending" }}',
    '{{ and (ne "{ $.status.phase }" "Pending") (ne "{ $.status.reason }" "Unknown") }}',
    '{{ or (ne "{ $.status.phase }" "Pending") (ne "{ $.status.reason }" "Waiting") }}',
    '{{ or (eq "{ $.status.phase }" "Succeeded") (eq "{ $.status.phase }" "Failed") }}',
    '{{ eq { $.spec.replicas } { $.status.readyReplicas } }}',
    '{{ eq "{ $.spec.replicas }" "{ $.status.readyReplicas }" }}',
    '{{ ne "{ $.metadata.generation }" "{ $.status.observedGeneration }" }}',
    '{{ and (ge { $.status.observedGeneration } { $.metadata.generation }) (eq { $.spec.replicas } { $.status.availableReplicas }) }}',
    '{{ gt { $.status.readyReplicas } 0 }}',
    '{{ ge { $.status.readyReplicas } 0 }}',
    '{{ le { $.status.unavailableReplicas } 5 }}',
    '{{ lt { $.status.restarts } 100000 }}',
    '{{ ne { $.spec.replicas } 3 }}',
    '{{ ne (add { $.spec.replicas } 1) 3 }}',
    '{{ not (hasPrefix "Fail" "{ $.status.reason }") }}',
    '{{ not (contains "error" (lower "{ $.status.message }")) }}',
    '{{ not (regexMatch "^(Fail|Err).*" "{ $.status.reason }") }}',
    '{{ regexMatch "^[0-9]+$" "{ $.status.count }" }}',
    `{{ eq "{ $.status.conditions[?(@.type == 'Ready')].status }" "True" }}`,
    `{{ ne "{ $.status.conditions[?(@.type == 'Stalled')].status }" "True" }}`,
    '{{ not (contains "False" "{ $.status.conditions[*].status }") }}',
    '{{ le (len (splitList " " "{ $.items[*].metadata.name }")) 3 }}',
    '{{ has "db-0" (splitList " " "{ $.items[*].metadata.name }") }}',
    '{{ gt (sub (now | unixEpoch | int64) (toDate "2006-01-02T15:04:05Z" "{ $.metadata.creationTimestamp }" | unixEpoch | int64)) 60 }}',
    '{{ lt (sub (now | unixEpoch | int64) (toDate "2006-01-02T15:04:05Z" "{ $.metadata.creationTimestamp }" | unixEpoch | int64)) 60 }}',
    '{{ semverCompare ">=1.2.0" "{ $.status.version }" }}',
    '{{ semverCompare "<2.0.0" "{ $.status.version }" }}',
    'false',
    '{{ eq "{ $.status.phase[ }" "" }}',
  ])('that asks for something has nothing to be told: %s', (condition) => {
    expect(compile(condition).vacuity()).toBeUndefined();
  });

  it('with a text that is compared in any way is never told of wrongly', () => {
    const text = stringMatching(/^[A-Za-z][A-Za-z0-9 ._-]{0,12}$/);
    const comparison = oneof(
      constantFrom('eq', 'ne').map((name) => (value: string) => `${name} "{ $.status.x }" "${value}"`),
      constantFrom('hasPrefix', 'hasSuffix', 'contains').map(
        (name) => (value: string) => `${name} "${value}" "{ $.status.x }"`,
      ),
    );
    assert(
      property(comparison, text, boolean(), (asked, value, negated) => {
        const condition = `{{ ${negated ? `not (${asked(value)})` : asked(value)} }}`;
        expect(compile(condition).vacuity()).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('with a number that is compared in any way is never told of wrongly', () => {
    assert(
      property(
        constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge'),
        integer({ min: -1_000_000, max: 1_000_000 }),
        (operator, number) => {
          expect(compile(`{{ ${operator} { $.status.x } ${number} }}`).vacuity()).toBeUndefined();
        },
      ),
      { numRuns: 50 },
    );
  });
});
