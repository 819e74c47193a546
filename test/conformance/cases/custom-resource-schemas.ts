import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';
import type { Answer, Conversation } from '../conversation.ts';

/** A schema with the given fields below `spec`. */
const withSpec = (properties: object, more: object = {}) => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, ...more } },
});

/** Creates one object for each spec, and shows how each was answered. */
async function createEach(t: Conversation, schema: object, specs: unknown[]): Promise<string> {
  const { path, type } = await createDefinition(t, { schema });
  for (const [index, spec] of specs.entries()) {
    const answer = await t.quietly(() => t.post(path, { ...type, metadata: { name: `a${index}` }, spec }));
    noteAnswer(t, JSON.stringify(spec), answer);
  }
  return path;
}

/** Of a refusal its findings, in an order of our own: a real server goes through an object's fields in any order. */
function noteAnswer(t: Conversation, label: string, { status, object, headers }: Answer): void {
  const { details, message, reason, spec } = object as {
    details?: { causes?: { field: string; reason: string; message: string }[] };
    message?: string;
    reason?: string;
    spec?: unknown;
  };
  const causes = (details?.causes ?? []).toSorted((a, b) =>
    a.field + a.message < b.field + b.message ? -1 : 1,
  );
  if (status >= 400) {
    t.note(`error: ${label}`, { status, reason, causes, ...(causes.length < 2 && { message }) });
  } else
    t.note(label, { status, spec, ...(headers['warning'] !== undefined && { warning: headers['warning'] }) });
}

conformanceCase('pruning', 'unknown fields at every depth', async (t) => {
  const item = { type: 'object', properties: { a: { type: 'string' } } };
  await createEach(
    t,
    withSpec({
      list: { type: 'array', items: item },
      map: { type: 'object', additionalProperties: item },
      any: { type: 'object' },
    }),
    [
      { list: [{ a: 'x', b: 'y' }, { c: 1 }], map: { k: { a: 'x', b: 'y' } }, any: { x: 1 }, more: {} },
      null,
      {},
    ],
  );
});

conformanceCase('pruning', 'what is preserved', async (t) => {
  const keep = 'x-kubernetes-preserve-unknown-fields';
  await createEach(
    t,
    withSpec({
      free: { [keep]: true },
      partly: {
        type: 'object',
        [keep]: true,
        properties: { known: { type: 'object', properties: { a: { type: 'string' } } } },
      },
      open: { type: 'object', additionalProperties: true },
      pod: { type: 'object', 'x-kubernetes-embedded-resource': true, [keep]: true },
      strict: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        properties: { spec: { type: 'object' } },
      },
    }),
    [
      {
        free: [{ a: 1 }, 'x'],
        partly: { known: { a: 'x', b: 'y' }, other: { z: 1 } },
        open: { a: { b: 1 } },
      },
      { pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', foo: 1 }, spec: { x: 1 } } },
      { strict: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { x: 1 }, other: 1 } },
      { pod: { metadata: { name: 'a' } } },
      { pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'UPPER', labels: { 'a b': 'c' } } } },
    ],
  );
});

conformanceCase('pruning', 'by an update and a patch, and of a root that preserves', async (t) => {
  const { path, type } = await createDefinition(t, { schema: withSpec({ a: { type: 'string' } }) });
  const created = await t.quietly(() => t.post(path, { ...type, metadata: { name: 'a' }, spec: { a: 'x' } }));
  await t.put(`${path}/a`, { ...created.object, spec: { a: 'y', b: 'z' }, other: 1 });
  await t.patch(`${path}/a`, 'merge', { spec: { c: 1 }, status: { x: 1 } });
  await t.patch(`${path}/a`, 'json', [{ op: 'add', path: '/spec/a', value: 7 }]);
});

conformanceCase('defaulting-crd', 'defaults of absent and null fields', async (t) => {
  const path = await createEach(
    t,
    withSpec({
      text: { type: 'string', default: 'x' },
      nullable: { type: 'string', nullable: true, default: 'n' },
      plain: { type: 'string', nullable: true },
      number: { type: 'integer', default: 3 },
      list: { type: 'array', default: [1, 2], items: { type: 'integer' } },
      items: {
        type: 'array',
        items: { type: 'object', properties: { a: { type: 'string', default: 'item' } } },
      },
      map: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { a: { type: 'string', default: 'value' } } },
      },
      object: { type: 'object', default: {}, properties: { a: { type: 'string', default: 'inner' } } },
      absent: { type: 'object', properties: { a: { type: 'string', default: 'never' } } },
    }),
    [
      {},
      { text: null, nullable: null, plain: null, number: 0, list: null },
      { items: [{}, { a: null }, { a: 'given' }], map: { k: {} }, object: { a: 'given' } },
      { number: 'seven' },
    ],
  );
  await t.get(`${path}/a1`);
});

conformanceCase('defaulting-crd', 'of objects that are there already, on reading', async (t) => {
  const schema = withSpec({ a: { type: 'string' } });
  const { path, type, definition } = await createDefinition(t, { schema });
  await t.quietly(() => t.post(path, { ...type, metadata: { name: 'a' }, spec: { a: 'x' } }));
  await t.quietly(() =>
    t.patch(definition, 'json', [
      {
        op: 'add',
        path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/b',
        value: { type: 'string', default: 'added' },
      },
    ]),
  );
  await t.until(`${path}/a`, ({ spec }) => (spec as { b?: string }).b === 'added');
  await t.get(`${path}/a`);
  const list = await t.quietly(() => t.get(path));
  t.note('list', list.object.items);
});

conformanceCase('defaulting-crd', 'defaults that do not fit their schema are refused', async (t) => {
  const { definitionOf, DEFINITIONS } = await import('../custom-resource-of-case.ts');
  const refuse = (properties: object) =>
    t.post(DEFINITIONS, definitionOf(t, { schema: withSpec(properties) }));
  await refuse({ a: { type: 'string', default: 7 } });
  await refuse({ a: { type: 'integer', default: 7, maximum: 5 } });
  await refuse({ a: { type: 'object', default: { b: 1 }, properties: { c: { type: 'string' } } } });
  await refuse({ a: { type: 'string', default: null } });
});

const VALIDATIONS: Record<string, { properties: object; more?: object; specs: unknown[] }> = {
  types: {
    properties: {
      text: { type: 'string' },
      whole: { type: 'integer' },
      number: { type: 'number' },
      yes: { type: 'boolean' },
      list: { type: 'array', items: { type: 'string' } },
      object: { type: 'object', properties: { a: { type: 'string' } } },
    },
    specs: [
      { text: 1 },
      { text: true, whole: 'x' },
      { whole: 1.5 },
      { whole: 2.0, number: 1 },
      { number: '1' },
      { yes: 'true' },
      { list: 'a' },
      { list: ['a', 1] },
      { object: [] },
      { object: { a: null } },
      { list: [null] },
      'text',
      [],
    ],
  },
  texts: {
    properties: {
      short: { type: 'string', maxLength: 3, minLength: 2 },
      like: { type: 'string', pattern: '^[a-z]+$' },
      one: { type: 'string', enum: ['a', 'b'] },
      number: { type: 'integer', enum: [1, 2] },
    },
    specs: [
      { short: 'a' },
      { short: 'abcd' },
      { short: 'äöü' },
      { like: 'A' },
      { one: 'c' },
      { number: 3 },
      { short: '', like: '', one: '' },
    ],
  },
  numbers: {
    properties: {
      a: { type: 'integer', minimum: 1, maximum: 3 },
      b: { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true },
      c: { type: 'integer', multipleOf: 5 },
      d: { type: 'integer', format: 'int32' },
      e: { type: 'integer', format: 'int64' },
      f: { type: 'number', multipleOf: 0.1 },
    },
    specs: [
      { a: 0 },
      { a: 4 },
      { b: 0 },
      { b: 1 },
      { b: 0.5 },
      { c: 7 },
      { d: 3000000000 },
      { d: 2147483647 },
      { e: 1 },
      { f: 0.25 },
    ],
  },
  lists: {
    properties: {
      few: { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 2 },
      set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      map: {
        type: 'array',
        items: {
          type: 'object',
          required: ['k'],
          properties: { k: { type: 'string' }, p: { type: 'integer', default: 1 }, v: { type: 'string' } },
        },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k', 'p'],
      },
    },
    specs: [
      { few: [] },
      { few: [1, 2, 3] },
      { set: ['a', 'b', 'a'] },
      {
        map: [
          { k: 'a', v: 'x' },
          { k: 'a', p: 1 },
          { k: 'a', p: 2 },
        ],
      },
      { map: [{ v: 'x' }] },
    ],
  },
  objects: {
    properties: {
      sized: {
        type: 'object',
        additionalProperties: { type: 'integer' },
        minProperties: 1,
        maxProperties: 2,
      },
      needs: {
        type: 'object',
        required: ['a', 'b'],
        properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' } },
      },
    },
    more: { required: ['needs'] },
    specs: [
      {},
      { needs: {} },
      { needs: { a: 'x', b: null } },
      { needs: { a: '', b: '' }, sized: {} },
      { needs: { a: '', b: '' }, sized: { a: 1, b: 2, c: 3 } },
      { needs: { a: '', b: '' }, sized: { a: 'x' } },
    ],
  },
  combinations: {
    properties: {
      all: { type: 'integer', allOf: [{ minimum: 2 }, { maximum: 4 }] },
      any: { type: 'integer', anyOf: [{ minimum: 10 }, { maximum: 5 }] },
      one: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        oneOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      not: { type: 'string', not: { enum: ['bad'] } },
    },
    specs: [
      { all: 1 },
      { all: 5 },
      { any: 7 },
      { one: {} },
      { one: { a: 'x', b: 'y' } },
      { one: { a: 'x' } },
      { not: 'bad' },
      { not: 'good' },
    ],
  },
  'a number or text, and null': {
    properties: {
      either: { 'x-kubernetes-int-or-string': true },
      declared: {
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern: '^\\d+%$',
      },
      nullable: { type: 'object', nullable: true, properties: { a: { type: 'string' } } },
    },
    specs: [
      { either: 1, declared: 5 },
      { either: 'x', declared: '5%' },
      { either: 1.5 },
      { either: true },
      { declared: 'x' },
      { nullable: null },
      { nullable: 'x' },
    ],
  },
  formats: {
    properties: Object.fromEntries(
      [
        'date-time',
        'date',
        'byte',
        'uuid',
        'ipv4',
        'ipv6',
        'cidr',
        'email',
        'hostname',
        'uri',
        'mac',
        'duration',
        'uuid4',
        'hexcolor',
        'isbn',
        'k8s-short-name',
        'nonsense',
        'password',
      ].map((format) => [format, { type: 'string', format }]),
    ),
    specs: [
      { 'date-time': '2024-01-01', date: '2024-1-1', byte: '###', uuid: 'x' },
      { ipv4: '1.2.3', ipv6: '1.2.3.4', cidr: '1.2.3.4', email: 'nobody', hostname: 'a_b' },
      {
        uri: 'no uri',
        mac: '00:00',
        duration: '5 apples',
        uuid4: '00000000-0000-0000-0000-000000000000',
        hexcolor: 'red',
      },
      {
        nonsense: 'anything',
        password: 'x',
        'date-time': '2024-01-01T00:00:00Z',
        date: '2024-01-31',
        byte: 'YQ==',
        uuid: '123e4567-e89b-12d3-a456-426614174000',
      },
      {
        ipv4: '1.2.3.4',
        ipv6: '::1',
        cidr: '10.0.0.0/8',
        email: 'a@b.c',
        hostname: 'a.b',
        uri: 'http://a/b',
        mac: '00:11:22:33:44:55',
        duration: '1h30m',
      },
      { duration: '3 days', isbn: 'x', 'k8s-short-name': 'A' },
    ],
  },
};

for (const [name, { properties, more, specs }] of Object.entries(VALIDATIONS)) {
  conformanceCase('structural-validation', name, async (t) => {
    await createEach(t, withSpec(properties, more), specs);
  });
}

conformanceCase(
  'structural-validation',
  'what was wrong before may stay while it does not change',
  async (t) => {
    const schema = withSpec({
      a: { type: 'integer' },
      b: { type: 'string' },
      l: { type: 'array', items: { type: 'integer' } },
    });
    const { path, type, definition } = await createDefinition(t, { schema });
    await t.quietly(() =>
      t.post(path, { ...type, metadata: { name: 'x' }, spec: { a: 50, b: 'b', l: [100] } }),
    );
    await t.quietly(() =>
      t.patch(definition, 'json', [
        {
          op: 'add',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/a/maximum',
          value: 10,
        },
        { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/required', value: ['c'] },
        {
          op: 'add',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/c',
          value: { type: 'string' },
        },
      ]),
    );
    await t.quietly(async () => {
      for (;;) {
        const probe = await t.post(`${path}?dryRun=All`, {
          ...type,
          metadata: { name: 'y' },
          spec: { a: 50, c: '' },
        });
        if (probe.status === 422) break;
      }
    });
    await t.patch(`${path}/x`, 'merge', { metadata: { labels: { a: 'b' } } });
    await t.patch(`${path}/x`, 'merge', { spec: { b: 'c' } });
    await t.patch(`${path}/x`, 'merge', { spec: { c: 'c' } });
    await t.patch(`${path}/x`, 'merge', { spec: { a: 60 } });
    await t.patch(`${path}/x`, 'merge', { spec: { a: 6 } });
  },
);

const RULES: Record<string, { properties: object; specs: unknown[]; updates?: unknown[] }> = {
  'rules of a value': {
    properties: {
      pair: {
        type: 'object',
        properties: {
          min: { type: 'integer' },
          max: { type: 'integer' },
          name: { type: 'string', maxLength: 20 },
        },
        'x-kubernetes-validations': [
          { rule: 'self.min <= self.max', message: 'min must not exceed max' },
          { rule: '!has(self.name) || self.name.startsWith("a")' },
          {
            rule: '!has(self.name) || self.name.size() < 5',
            messageExpression: '"the name " + self.name + " is too long"',
            reason: 'FieldValueForbidden',
            fieldPath: '.name',
          },
        ],
      },
    },
    specs: [
      { pair: { min: 1, max: 2 } },
      { pair: { min: 3, max: 2 } },
      { pair: { min: 1, max: 2, name: 'b' } },
      { pair: { min: 3, max: 2, name: 'bbbbbbb' } },
      { pair: { max: 2 } },
      { pair: { min: 1, max: 2, name: 'aaaaaa' } },
    ],
  },
  'rules of lists and maps': {
    properties: {
      list: {
        type: 'array',
        maxItems: 10,
        items: {
          type: 'object',
          properties: { name: { type: 'string', maxLength: 20 } },
          'x-kubernetes-validations': [{ rule: 'self.name != "no"', message: 'no is no name' }],
        },
        'x-kubernetes-validations': [
          { rule: 'self.exists(item, item.name == "main")', message: 'one must be main' },
        ],
      },
      map: {
        type: 'object',
        maxProperties: 10,
        additionalProperties: { type: 'integer' },
        'x-kubernetes-validations': [{ rule: 'self.all(key, self[key] > 0)', message: 'must be positive' }],
      },
      text: {
        type: 'string',
        maxLength: 20,
        'x-kubernetes-validations': [{ rule: 'self.matches("^[a-z]*$")' }],
      },
    },
    specs: [
      { list: [{ name: 'main' }] },
      { list: [{ name: 'no' }] },
      { list: [] },
      { map: { a: 1, b: 0 } },
      { text: 'A' },
      { list: [{ name: 'main' }], map: { a: 1 }, text: 'a' },
    ],
  },
  'rules of a change': {
    properties: {
      fixed: {
        type: 'string',
        maxLength: 20,
        'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }],
      },
      grows: {
        type: 'integer',
        'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'must not fall' }],
      },
      once: {
        type: 'string',
        maxLength: 20,
        'x-kubernetes-validations': [
          {
            rule: 'oldSelf.hasValue() || self == "first"',
            optionalOldSelf: true,
            message: 'starts as first',
          },
        ],
      },
    },
    specs: [{ fixed: 'a', grows: 5, once: 'first' }, { once: 'second' }],
    updates: [{ fixed: 'b' }, { grows: 4 }, { grows: 6, once: 'other' }, { fixed: null }],
  },
};

for (const [name, { properties, specs, updates = [] }] of Object.entries(RULES)) {
  conformanceCase('cel-rules', name, async (t) => {
    const path = await createEach(t, withSpec(properties), specs);
    for (const spec of updates) await t.patch(`${path}/a0`, 'merge', { spec });
  });
}

conformanceCase('cel-rules', 'rules of the whole object', async (t) => {
  const schema = {
    ...withSpec({ replicas: { type: 'integer' } }),
    'x-kubernetes-validations': [
      { rule: 'self.metadata.name.startsWith("a")', message: 'names start with a' },
      {
        rule: '!has(self.spec) || !has(self.spec.replicas) || self.spec.replicas < 10',
        message: 'too many',
        fieldPath: '.spec.replicas',
      },
    ],
  };
  const { path, type } = await createDefinition(t, { schema });
  await t.post(path, { ...type, metadata: { name: 'a' }, spec: { replicas: 3 } });
  await t.post(path, { ...type, metadata: { name: 'b' } });
  await t.post(path, { ...type, metadata: { name: 'a2' }, spec: { replicas: 30 } });
  await t.post(path, { ...type, metadata: { name: 'b' }, spec: { replicas: 'many' } });
});

conformanceCase('cel-rules', 'rules that cannot be compiled', async (t) => {
  const { definitionOf, DEFINITIONS } = await import('../custom-resource-of-case.ts');
  for (const rule of ['self.nope > 1', 'self.a +', '', 'self.a', 'oldSelf.a == self.a']) {
    const schema = withSpec({ a: { type: 'integer' } }, { 'x-kubernetes-validations': [{ rule }] });
    const answer = await t.quietly(() => t.post(`${DEFINITIONS}?dryRun=All`, definitionOf(t, { schema })));
    const { details } = answer.object as { details?: { causes?: { field: string; reason: string }[] } };
    // What the compiler says is its own; that it refuses, and where, is the behaviour.
    t.note(`${answer.status >= 400 ? 'error: ' : ''}${rule}`, {
      status: answer.status,
      causes: (details?.causes ?? []).map(({ field, reason }) => ({ field, reason })),
    });
  }
});
