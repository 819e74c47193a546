import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';

const YAML = { headers: { 'content-type': 'application/yaml' } };

conformanceCase('yaml-bodies', 'creates and updates', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.send('POST', path, {
    ...YAML,
    raw: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  text: |\n    two\n    lines\n  quoted: "7"\n',
  });
  await t.send('PUT', `${path}/a`, {
    ...YAML,
    raw: '# a comment\nmetadata: {name: a}\ndata: &x {a: "yes"}\n',
  });
  await t.send('POST', path, { ...YAML, raw: '{"metadata":{"name":"json"}}' });
});

conformanceCase('yaml-bodies', 'values that YAML 1.1 reads as something else', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  for (const value of ['yes', '7', '1.5', 'null', '2024-01-01', '0x10', '"yes"', 'on', '~', '[a]']) {
    await t.send('POST', `${path}?dryRun=All`, {
      ...YAML,
      raw: `metadata: {name: a}\ndata:\n  key: ${value}\n`,
    });
  }
});

conformanceCase('yaml-bodies', 'unknown and duplicate fields', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  for (const directive of ['Strict', 'Warn', 'Ignore']) {
    await t.send('POST', `${path}?fieldValidation=${directive}&dryRun=All`, {
      ...YAML,
      raw: 'metadata: {name: a}\nfoo: 1\ndata: {a: x}\n',
    });
    await t.send('POST', `${path}?fieldValidation=${directive}&dryRun=All`, {
      ...YAML,
      raw: 'metadata: {name: a}\ndata:\n  a: x\n  a: y\n',
    });
  }
});

conformanceCase('yaml-bodies', 'text that is no YAML, or no object', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  for (const raw of ['', 'text', '- a', '7', 'a: b: c', 'a:\n\tb: c', '"open', '{a: b', 'a: [1, 2']) {
    const answer = await t.quietly(() => t.send('POST', path, { ...YAML, raw }));
    const { message = '', reason } = answer.object as { message?: string; reason?: string };
    // The parser's own words end the message.
    t.note(`error: ${JSON.stringify(raw)}`, {
      status: answer.status,
      reason,
      message: message.replace(/yaml: .*/s, 'yaml: …'),
    });
  }
});

conformanceCase('yaml-bodies', 'of a custom resource', async (t) => {
  const { path, type } = await createDefinition(t, {
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  });
  const head = `apiVersion: ${type.apiVersion}\nkind: Thing\n`;
  await t.send('POST', path, {
    ...YAML,
    raw: `${head}metadata: {name: a}\nspec: {yes: yes, number: 0x10, when: 2024-01-01, float: 1.0}\n`,
  });
  await t.send('POST', path, { ...YAML, raw: `${head}metadata: {name: b}\nspec:\n  a: 1\n  a: 2\n` });
});
