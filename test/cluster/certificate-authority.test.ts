import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from './certificate-authority.ts';

describe('the authority of a cluster', () => {
  const authority = createCertificateAuthority('cluster', new Date());
  const server = authority.issue({ commonName: 'server', names: ['localhost', '127.0.0.1'] });
  const client = authority.issue({ commonName: 'admin', organization: 'system:masters' });

  it('issues what it has signed, for the names that were asked for', () => {
    const root = new X509Certificate(authority.certificate);
    const issued = new X509Certificate(server.certificate);
    expect(issued.verify(root.publicKey)).toBe(true);
    expect(issued.checkIssued(root)).toBe(true);
    expect(issued.ca).toBe(false);
    expect(root.ca).toBe(true);
    expect(issued.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(issued.checkHost('localhost')).toBe('localhost');
    expect(issued.checkHost('elsewhere')).toBeUndefined();
  });

  it('is trusted by both ends of a connection, and no other is', async () => {
    const stranger = createCertificateAuthority('stranger', new Date()).issue({ commonName: 'admin' });
    const tls = createServer({
      cert: server.certificate,
      key: server.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    });
    tls.on('secureConnection', (socket) => {
      socket.end(
        JSON.stringify({ trusted: socket.authorized, subject: socket.getPeerCertificate().subject }),
      );
    });
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const address = tls.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    const greet = async (credentials: typeof client): Promise<unknown> => {
      const { certificate: cert, key } = credentials;
      const socket = connect({ port: address.port, host: '127.0.0.1', ca: authority.certificate, cert, key });
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk);
      return JSON.parse(Buffer.concat(chunks).toString());
    };
    try {
      expect(await greet(client)).toEqual({ trusted: true, subject: { O: 'system:masters', CN: 'admin' } });
      expect(await greet(stranger)).toMatchObject({ trusted: false });
    } finally {
      tls.close();
    }
  });
});
