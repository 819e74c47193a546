import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { selfSignedCertificate } from './self-signed-certificate.ts';
import { openTlsFront } from './tls-front.ts';

it('closes at once, even if somebody has connected who never speaks TLS', async () => {
  const target = createServer().listen(0, '127.0.0.1');
  await once(target, 'listening');
  const alternatives = { dns: ['localhost'], addresses: ['127.0.0.1'] };
  const certificate = selfSignedCertificate('test', alternatives, new Date());
  const { port } = target.address() as AddressInfo;
  const front = await openTlsFront(certificate, { host: '127.0.0.1', port: 0 }, { host: '127.0.0.1', port });
  const mute = connect(front.port, '127.0.0.1');
  await once(mute, 'connect');
  const ended = once(mute, 'close');
  await front.close();
  await ended;
  expect(mute.destroyed).toBe(true);
  target.close();
  await once(target, 'close');
});
