import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from './settings.ts';

afterEach(() => void vi.restoreAllMocks());

/** What the operator says to flags that it does not start with. */
function refusal(flag: string): string {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  expect(() => readSettings([flag], {}, '1')).toThrow('exit 1');
  return said.join('');
}

describe('the environment', () => {
  it.each([
    ['POD_NAMESPACE', 'backup', { namespace: 'backup' }, { namespace: undefined }],
    ['POD_NAME', 'operator-0', { podName: 'operator-0' }, { podName: hostname() }],
    ['POD_SERVICE_ACCOUNT', 'backup', { serviceAccount: 'backup' }, { serviceAccount: undefined }],
    ['POD_UID', 'u-1', { identity: 'u-1' }, { identity: undefined }],
    ['CREATEORUPDATE_CRDS', 'false', { updateCrds: false }, { updateCrds: true }],
    ['LOG_LEVEL', 'debug', { log: { level: 'debug' } }, { log: { level: 'info' } }],
    ['HOSTNAME', 'node-1', { log: { hostname: 'node-1' } }, { log: { hostname: undefined } }],
    ['SERVICE_NAME', 'k', { log: { serviceName: 'k' } }, { log: { serviceName: undefined } }],
    ['VERSION', '9.9', { version: '9.9' }, { version: '1' }],
    ['LIVENESS_PATH', '/l', { health: { livenessPath: '/l' } }, { health: { livenessPath: '/v0/healthz' } }],
    [
      'READINESS_PATH',
      '/r',
      { health: { readinessPath: '/r' } },
      { health: { readinessPath: '/v0/readyz' } },
    ],
    ['HEALTH_CHECK_PORT', '9000', { health: { port: 9000 } }, { health: { port: 8000 } }],
    [
      'KANISTER_TOOLS',
      'tools:1',
      { toolsImage: 'tools:1' },
      { toolsImage: expect.stringMatching(/^ghcr\.io\/kanisterio\/kanister-tools:/) },
    ],
    [
      'SECURE_DEFAULTS_FOR_JOB_PODS',
      'true',
      { secureDefaultsForJobPods: true },
      { secureDefaultsForJobPods: false },
    ],
  ])('is read: %s', (variable, value, given, absent) => {
    expect(readSettings([], { [variable]: value }, '1')).toMatchObject(given);
    expect(readSettings([], {}, '1')).toMatchObject(absent);
  });
});

describe('--concurrency', () => {
  it('is 64, or what is given', () => {
    expect(readSettings([], {}, '1').concurrency).toBe(64);
    expect(readSettings(['--concurrency', '1'], {}, '1').concurrency).toBe(1);
  });

  it.each(['0', '-1', '1.5', 'many', '10001'])('is refused when it is %s', (value) => {
    expect(refusal(`--concurrency=${value}`)).toContain('a number from 1 to 10000');
  });
});

describe('--sweep-after', () => {
  it('is ten minutes, or what is given', () => {
    expect(readSettings([], {}, '1').sweepAfter).toBe(600_000);
    expect(readSettings(['--sweep-after', '1h30m'], {}, '1').sweepAfter).toBe(5_400_000);
    expect(readSettings(['--sweep-after', '0'], {}, '1').sweepAfter).toBe(0);
  });

  it.each(['-1s', '10', 'later', ''])('is refused when it is %j', (value) => {
    expect(refusal(`--sweep-after=${value}`)).toContain('A time such as 90s, 30m or 1h is wanted, or 0.');
  });
});
