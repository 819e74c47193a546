import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protobuf } from '../../testing/protobuf-bytes.ts';
import { decodeWith, kindCodec } from './kind-codec.ts';
import { openEnvelope, readProtobufObject } from './protobuf-body.ts';
import { InvalidProtobuf } from './wire-format.ts';

interface Sample {
  json: { apiVersion: string; kind: string };
  protobuf: string;
}

/** What Go makes of objects that have every field of every kind; by scripts/extract-go-types/samples. */
const SAMPLES = readFileSync(new URL('protobuf-samples.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Sample);

const read = (body: Uint8Array): unknown => readProtobufObject(openEnvelope(body));

/** The object as it is when its codec has read and written it. */
function asStored(object: unknown, { apiVersion, kind }: Sample['json']): unknown {
  const codec = kindCodec(apiVersion, kind);
  if (!codec) return object; // DeleteOptions
  const result = decodeWith(codec, object);
  if ('fault' in result) throw new Error(`${kind}: ${result.fault}`);
  expect(result.unknown).toEqual([]);
  return { ...(codec.encode(result.decoded) as object), apiVersion, kind };
}

const { number, text, message, tag, varint } = protobuf;
const pod = (...fields: number[][]) => protobuf.envelope('v1', 'Pod', ...fields);

describe('an object that came as protobuf', () => {
  const kinds = [...new Set(SAMPLES.map(({ json }) => `${json.apiVersion} ${json.kind}`))];

  it('has samples of every kind that Kubernetes publishes', () => {
    expect(kinds.length).toBeGreaterThan(60);
  });

  it.each(kinds)('is what it would be as JSON: %s', (kind) => {
    for (const { json, protobuf: sent } of SAMPLES) {
      if (`${json.apiVersion} ${json.kind}` !== kind) continue;
      expect(asStored(read(Buffer.from(sent, 'base64')), json)).toEqual(json);
    }
  });

  it('is refused, or has less, wherever it is cut short', () => {
    for (const { protobuf: sent } of SAMPLES) {
      const whole = Buffer.from(sent, 'base64');
      const step = Math.max(1, Math.floor(whole.length / 40));
      for (let length = 0; length < whole.length; length += step) {
        try {
          read(whole.subarray(0, length));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidProtobuf);
        }
      }
    }
  });

  it('is refused, or says something else, where any byte of it is another one', () => {
    for (const [index, { protobuf: sent }] of SAMPLES.entries()) {
      const whole = Buffer.from(sent, 'base64');
      for (let at = 4 + (index % 13); at < whole.length; at += 13) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ (1 + ((at * 37) % 255));
        try {
          read(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidProtobuf);
        }
      }
    }
  });

  it('leaves out times that were never set, and keeps negative numbers', () => {
    const neverSet = message(8);
    const grace = number(4, -1);
    expect(read(pod(message(1, text(1, 'a'), neverSet), message(2, grace)))).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { terminationGracePeriodSeconds: -1 },
    });
  });

  it('may have its numbers packed, and fields that nobody knows', () => {
    const groups = message(4, varint(1000n), varint(2000n));
    const unknown = [...number(900, 7), ...text(901, 'x'), ...tag(902, 1), 1, 2, 3, 4, 5, 6, 7, 8];
    expect(read(pod(unknown, message(2, message(14, groups, unknown))))).toMatchObject({
      spec: { securityContext: { supplementalGroups: [1000, 2000] } },
    });
  });

  it('has the name that its key has, whatever that means in JavaScript', () => {
    const entry = message(2, text(1, '__proto__'), text(2, 'x'));
    const map = read(protobuf.envelope('v1', 'ConfigMap', entry));
    expect(JSON.stringify(map)).toContain('"data":{"__proto__":"x"}');
  });

  it.each([
    ['nothing', [], 'empty data'],
    ['JSON', [...Buffer.from('{"kind":"Pod"}')], 'expected prefix [107 56 115 0]'],
    ['a prefix alone', [...Buffer.from('k8s\0')], 'empty body'],
    ['a number in place of metadata', pod(number(1, 3)), 'wrong wireType = 0 for field ObjectMeta'],
    ['a length beyond the end', pod(tag(1, 2), [100, 1]), 'unexpected EOF'],
    ['a length below nothing', pod(tag(1, 2), varint(2n ** 64n - 1n)), 'negative length'],
    ['a number without an end', pod(tag(1, 0), Array<number>(11).fill(255)), 'integer overflow'],
    ['field 0', pod([2, 0]), 'illegal tag 0'],
    ['an end of what never began', pod(tag(1, 4)), 'wiretype end group for non-group'],
    ['an unknown wire type', pod(tag(1, 7)), 'illegal wireType 7'],
  ])('is refused where there is %s', (_name, body, why) => {
    expect(() => read(Uint8Array.from(body))).toThrow(InvalidProtobuf);
    expect(() => read(Uint8Array.from(body))).toThrow(why);
  });

  it('is refused where it goes deeper than any schema', () => {
    const kind = ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'] as const;
    const nested = (depth: number): number[] => {
      let schema = text(5, 'object');
      for (let level = 0; level < depth; level++) schema = message(28, schema);
      return message(2, message(7, message(4, message(1, schema))));
    };
    expect(() => read(protobuf.envelope(...kind, nested(400)))).not.toThrow();
    expect(() => read(protobuf.envelope(...kind, nested(2000)))).toThrow('exceeded max depth');
  });
});
