import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileTemplate, sprigFunctions, TemplateError } from './index.ts';
import {
  bool,
  bytes,
  float,
  int,
  int64,
  list,
  map,
  nil,
  nilPointer,
  pointer,
  string,
  strings,
  struct,
} from './value.ts';
import type { Value } from './value.ts';

interface Recording {
  area: string;
  template: string;
  output?: string;
  error?: string;
}

/** What Go 1.26 and sprig 2.22.0 make of each template; recorded by test/golden/gotemplate. */
const recordings = JSON.parse(
  readFileSync(new URL('testdata/golden.json', import.meta.url), 'utf8'),
) as Recording[];

const functions = sprigFunctions({
  now: () => new Date('2024-01-02T03:04:05Z'),
  random: (length) => Uint8Array.from({ length }, (_, i) => i),
});

describe.each([...new Set(recordings.map(({ area }) => area))])(
  '%s: templates give what Go gives',
  (area) => {
    it.each(recordings.filter((recording) => recording.area === area))(
      '$template',
      ({ template, output, error }) => {
        expect(render(area, template)).toStrictEqual(error === undefined ? { output } : { error });
      },
    );
  },
);

function render(area: string, template: string): { output: string } | { error: string } {
  const missingKey =
    area === 'missingkey-zero' ? 'zero' : area === 'missingkey-default' ? 'default' : 'error';
  try {
    return { output: compileTemplate(template, { functions, missingKey }).execute(dataOf(area)) };
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

/** The same data as in the recorder's main.go. */
function dataOf(area: string): Value {
  if (area === 'nil') return nil;
  return area === 'structs' ? params() : plain();
}

function plain(): Value {
  return map({
    s: string('text'),
    empty: string(''),
    i: int64(5),
    big: int64(9007199254740993n),
    f: float(1.5),
    f2: float(1500000),
    t: bool(true),
    no: bool(false),
    null: nil,
    list: list([string('a'), int64(1), nil, float(2.5)]),
    nums: list([int64(3), int64(1), int64(2)]),
    m: map({ k: string('v'), n: int64(1), deep: map({ x: string('y') }) }),
    e: map({}),
    l0: list([]),
    uni: string('héllo wörld'),
    html: string('<a href="x">\'&\'</a>'),
    multi: string('a\nb\nc'),
  });
}

function params(): Value {
  const deployment = struct('main.workload', [
    { name: 'Name', value: string('web') },
    { name: 'Pods', value: strings(['web-0', 'web-1']) },
    { name: 'Containers', value: list([strings(['a', 'b']), strings(['c'])], '[]string') },
    {
      name: 'Volumes',
      value: map(
        { 'web-0': map({ data: string('/data') }, { element: 'string' }) },
        { element: 'map[string]string' },
      ),
    },
  ]);
  const meta = struct('main.Meta', [
    { name: 'Name', value: string('n'), json: 'name', omitEmpty: true },
    { name: 'Labels', value: map(null, { element: 'string' }), json: 'labels', omitEmpty: true },
  ]);
  const secret = struct('main.secret', [
    { name: 'Meta', value: meta, json: 'metadata', embedded: true },
    {
      name: 'Data',
      value: map({ user: bytes(Buffer.from('ab')) }, { element: '[]uint8' }),
      json: 'data',
      omitEmpty: true,
    },
    { name: 'Type', value: string('Opaque', 'main.secretType'), json: 'type', omitEmpty: true },
  ]);
  const phase = struct('main.phase', [{ name: 'Output', value: map({ k: string('v'), null: nil }) }]);
  return struct('main.params', [
    { name: 'StatefulSet', value: nilPointer('main.workload', ['Name', 'Pods', 'Containers', 'Volumes']) },
    { name: 'Deployment', value: pointer(deployment) },
    { name: 'Options', value: map({ a: string('x'), 'b-c': string('y') }, { element: 'string' }) },
    { name: 'Phases', value: map({ p1: pointer(phase) }, { element: '*main.phase' }) },
    { name: 'Secrets', value: map({ s: secret }, { element: 'main.secret' }) },
    { name: 'Object', value: map({ spec: map({ replicas: int64(3) }) }) },
    { name: 'Count', value: int(7, 'int32') },
    { name: 'Nothing', value: nil, type: 'interface {}' },
  ]);
}
