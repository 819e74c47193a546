import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy-for.ts';

describe('the proxy for a server', () => {
  it.each([
    ['https://10.1.2.3:443', '10.0.0.0/8', undefined],
    ['https://11.1.2.3:443', '10.0.0.0/8', 'http://proxy:1'],
    ['https://a.example.com', '.example.com', undefined],
    ['https://example.com', '.example.com', 'http://proxy:1'],
    ['https://example.com', 'example.com', undefined],
    ['https://a.example.com:6443', 'example.com:6443', undefined],
    ['https://a.example.com:6443', 'example.com:443', 'http://proxy:1'],
    ['https://badexample.com', 'example.com', 'http://proxy:1'],
    ['https://x', '*', undefined],
    ['https://localhost', '', undefined],
    ['http://x', '', undefined],
  ])('%s with NO_PROXY=%s is %s', (server, NO_PROXY, expected) => {
    expect(proxyFor(new URL(server), { HTTPS_PROXY: 'proxy:1', NO_PROXY })).toBe(expected);
  });
});
