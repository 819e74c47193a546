import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../oracle-case.ts';
import { goIsHere, startOracle } from '../oracle.ts';
import { renderCase } from '../render-case.ts';

const sign = '{{ (genSignedCert "x" nil nil 1 (buildCustomCert (b64enc .certificate) (b64enc .key))).Cert }}';

describe.runIf(goIsHere())('certificates and keys, between Go and us', () => {
  it('Go reads an authority of ours and signs with it', async () => {
    const authority = textOf(
      renderCase({ template: '{{ $ca := genCA "ours" 365 }}{{ $ca.Cert }}={{ $ca.Key }}' }),
    );
    const [certificate = '', key = ''] = authority.split(/=(?=-----BEGIN)/);
    const signed = await answerOfGo(sign, { certificate, key });
    expect(new X509Certificate(signed).verify(new X509Certificate(certificate).publicKey)).toBe(true);
  });

  it('we read an authority of Go and sign with it', async () => {
    const authority = await answerOfGo('{{ $ca := genCA "theirs" 365 }}{{ $ca.Cert }}={{ $ca.Key }}', {});
    const [certificate = '', key = ''] = authority.split(/=(?=-----BEGIN)/);
    const signed = textOf(renderCase({ template: sign, data: { map: { certificate, key } } }));
    expect(new X509Certificate(signed).verify(new X509Certificate(certificate).publicKey)).toBe(true);
  });

  it('Go accepts an RSA key of ours, by its own checks', async () => {
    const key = textOf(renderCase({ template: '{{ genPrivateKey "rsa" }}' }));
    const certificate = await answerOfGo('{{ (genCA "any" 1).Cert }}', {});
    const built = '{{ (buildCustomCert (b64enc .certificate) (b64enc .key)).Key }}';
    expect(await answerOfGo(built, { certificate, key })).toBe(key);
  });
});

async function answerOfGo(template: string, data: Record<string, string>): Promise<string> {
  const oracle = await startOracle();
  try {
    const [answer] = await oracle.ask([{ template, data: { map: data } }]);
    return textOf(answer);
  } finally {
    await oracle.close();
  }
}

function textOf(answer: Answer | undefined): string {
  if (answer !== undefined && 'output' in answer) return answer.output;
  throw new Error(answer?.error ?? 'no answer');
}
