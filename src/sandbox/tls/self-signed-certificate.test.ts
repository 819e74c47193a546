import { X509Certificate } from 'node:crypto';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { selfSignedCertificate } from './self-signed-certificate.ts';

describe('a self-signed certificate', () => {
  it('names its server, and is its own authority', () => {
    const names = { dns: ['kubernetes.default.svc'], addresses: ['127.9.0.1'] };
    const certificate = new X509Certificate(
      selfSignedCertificate('kubernetes', names, new Date()).certificate,
    );
    expect(certificate.subject).toBe('CN=kubernetes');
    expect(certificate.checkIP('127.9.0.1')).toBe('127.9.0.1');
    expect(certificate.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(certificate.ca && certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('is accepted by clients that trust it, and by no others', async () => {
    const names = { dns: ['localhost'], addresses: ['127.0.0.1'] };
    const { certificate, key } = selfSignedCertificate('test', names, new Date());
    const server = createServer({ cert: certificate, key }, (_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server that listens has this address
    const { port } = server.address() as AddressInfo;
    const ask = (ca: string | undefined) =>
      new Promise<number>((resolve, reject) => {
        request({ host: '127.0.0.1', port, agent: false, ...(ca !== undefined && { ca }) }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .once('error', reject)
          .end();
      });
    expect(await ask(certificate)).toBe(200);
    await expect(ask(undefined)).rejects.toThrow(/self-signed/);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
