import { request as requestPlainly } from 'node:http';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { readFile } from 'node:fs/promises';
import { parseYaml } from '../../../src/kubernetes/yaml.ts';
import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';

interface KubeConfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
}

async function serverOf(t: Conversation): Promise<{ url: URL; authority: Buffer }> {
  const { clusters } = parseYaml(await readFile(t.cluster.kubeconfig, 'utf8')) as unknown as KubeConfig;
  const [first] = clusters;
  if (!first) throw new Error('the kubeconfig names no cluster');
  const { server, 'certificate-authority-data': authority } = first.cluster;
  return { url: new URL(server), authority: Buffer.from(authority, 'base64') };
}

/** The answer, or the code of why there is none. */
async function ask(url: URL, options: RequestOptions): Promise<unknown> {
  const send = url.protocol === 'http:' ? requestPlainly : request;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const asked = send(url, { agent: false, ...options }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body: body.trim() }), reject);
  });
  asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  asked.end();
  return promise;
}

conformanceCase('tls', 'the certificate is of the authority that the kubeconfig has', async (t) => {
  const { url, authority: ca } = await serverOf(t);
  t.note('trusted', await ask(new URL('/readyz', url), { ca }));
  t.note('error: without the authority', typeof (await ask(new URL('/readyz', url), {})));
});
conformanceCase('tls', 'versions that are too old are refused', async (t) => {
  const { url, authority: ca } = await serverOf(t);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    t.note(version, await ask(new URL('/readyz', url), { ca, minVersion: version, maxVersion: version }));
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  t.note('error: TLS 1.1', typeof (await ask(new URL('/readyz', url), { ca, ...old })));
});
conformanceCase(
  'tls',
  'a request without it gets nowhere',
  async (t) => {
    const { url } = await serverOf(t);
    t.note('error: plain', await ask(new URL(`http://${url.host}/readyz`), {}));
  },
  { explained: { 'error: plain: body': 'the sandbox hangs up on what is no TLS, without a word' } },
);
conformanceCase('tls', 'a token that nobody gave is refused', async (t) => {
  const { url, authority: ca } = await serverOf(t);
  const headers = { authorization: 'Bearer made.up.token' };
  t.note('error: token', await ask(new URL('/api/v1/namespaces', url), { ca, headers }));
});
