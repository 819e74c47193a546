import { describe, expect, it } from 'vitest';
import { compileTemplate, sprigFunctions, TemplateError } from './index.ts';
import { bytes, map, nilPointer, pointer, string, struct } from './value.ts';
import type { Value } from './value.ts';

const functions = sprigFunctions({ now: () => new Date(0), random: (length) => new Uint8Array(length) });

const phase = struct('param.Phase', [{ name: 'Output', value: map({ path: string('p') }) }]);
const parameters: Value = struct('param.TemplateParams', [
  { name: 'StatefulSet', value: nilPointer('param.StatefulSetParams', ['Name']) },
  { name: 'Phases', value: map({ dump: pointer(phase) }, { element: '*param.Phase' }) },
  { name: 'Options', value: map({ image: string('x'), 'pg-version': string('16') }, { element: 'string' }) },
  { name: 'PodLabels', value: map({}, { element: 'string' }) },
  { name: 'Token', value: bytes(Buffer.from('t')) },
]);

function failure(text: string): TemplateError {
  try {
    compileTemplate(text, { functions, missingKey: 'error' }).execute(parameters);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`rendered: ${text}`);
}

describe('a template that fails says what was probably meant', () => {
  it.each([
    ['{{ .Phases.dmup.Output.path }}', 'Did you mean .Phases.dump?'],
    ['{{ .Phases.dump.Ouput.path }}', 'Did you mean .Phases.dump.Output?'],
    ['{{ .Phases.dump.Output.file }}', '.Phases.dump.Output has path.'],
    ['{{ $.Phases.dump.output }}', 'Did you mean $.Phases.dump.Output?'],
    ['{{ (index .Phases "dump").Outptu }}', 'Did you mean (index .Phases "dump").Output?'],
    ['{{ $p := .Phases.dump }}{{ $p.Otput }}', 'Did you mean $p.Output?'],
    ['{{ .Options.pgversion }}', 'Did you mean index .Options "pg-version"?'],
    ['{{ .Options.pg-version }}', 'A name like this one is reached by {{ index .Options "pg-version" }}.'],
    ['{{ .PodLabels.app }}', '.PodLabels is empty here.'],
    [
      '{{ .StatefulSet.Name }}',
      '.StatefulSet is not set here; {{ with .StatefulSet }} … {{ end }} leaves out what needs it.',
    ],
    ['{{ .StatefulSet.Nmae }}', 'Did you mean .StatefulSet.Name?'],
    ['{{ .Option.image }}', 'Did you mean .Options?'],
    ['{{ toJSON .Options }}', 'Did you mean toJson?'],
    ['{{ $image := 1 }}{{ $imge }}', 'Did you mean $image?'],
    ['{{ define "dump" }}{{ end }}{{ template "dmp" }}', 'Did you mean dump?'],
    ['{{ upper .Token }}', 'Pass it through toString first.'],
    ['{{ .Token | b64enc }}', 'Pass it through toString first.'],
    ['{{ until (add 1 2) }}', 'Pass it through int first.'],
  ])('%s', (text, hint) => {
    expect(failure(text).hint).toBe(hint);
  });

  it('and nothing where there is nothing to say', () => {
    expect(failure('{{ fail "no" }}').hint).toBeUndefined();
    expect(failure('{{ if }}').hint).toBeUndefined();
  });
});

describe('a template that fails tells its place', () => {
  it('with the part of the tree that failed', () => {
    expect(failure('a\n  {{ .Phases.dmup.Output }}').node).toMatchObject({
      type: 'field',
      path: ['Phases', 'dmup', 'Output'],
    });
  });

  it.each([
    ['a\n  {{ toJSON 1 }}', { line: 2, column: 5, length: 6 }],
    ['{{ .Options | toJSON }}', { line: 1, column: 14, length: 6 }],
    ['é {{ $imge }}', { line: 1, column: 6, length: 5 }],
    ['{{ if true }}\n', { line: 2, column: 0, length: 0 }],
    ['{{ print 1 ; }}', { line: 1, column: 11, length: 1 }],
    ['{{ .Options.a-b }}', { line: 1, column: 11, length: 0 }],
  ])('to the column when it does not parse: %j', (text, place) => {
    expect(failure(text)).toMatchObject({ kind: 'parse', ...place });
  });
});
