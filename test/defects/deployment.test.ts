import { createServer } from 'node:net';
import { once } from 'node:events';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../src/kubernetes/resources.ts';
import { startHealthServer } from '../../src/operator/health-server.ts';
import { readSettings } from '../../src/operator/settings.ts';
import { echo } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../support/operator-bed.ts';

const REVISION = 'cr.kanister.io/crd-revision';
const WEBHOOKS = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  namespaced: false,
};

describe('an operator that is installed', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  const crds = async () => {
    const { items } = await bed.client.list(CUSTOM_RESOURCE_DEFINITIONS);
    return items.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`);
  };

  it('writes its CRDs once, never over those of a later version, and none of RepositoryServers', async () => {
    const first = bed.start({ functions: [echo] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Echo', name: 'one' }] } });
    await first.stop();
    const later = { name: 'blueprints.cr.kanister.io' };
    const body = {
      metadata: { annotations: { [REVISION]: '1000' } },
      spec: { names: { shortNames: ['later'] } },
    };
    await bed.client.patch(CUSTOM_RESOURCE_DEFINITIONS, later, { type: 'merge', body });
    const before = await crds();
    bed.start({ functions: [echo] });
    await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    expect(await crds()).toEqual(before);
    expect(before.map((crd) => crd.split('.')[0])).toEqual(['actionsets', 'blueprints', 'profiles']);
    expect(bed.log.join('')).toContain('was installed by a later version and is left as it is');
  });

  it('needs no admission webhook, so that none can keep Blueprints from being written', async () => {
    bed.start({ functions: [echo] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Ecco', name: 'one' }] } });
    expect((await bed.client.list<KubernetesObject>(WEBHOOKS)).items).toEqual([]);
  });
});

describe('the ports and times of an operator', () => {
  it('are one port for probes and metrics, 8000, and where that is taken it does not start', async () => {
    const { health } = readSettings([], {}, 'test');
    expect(health).toMatchObject({ port: 8000, livenessPath: '/v0/healthz', readinessPath: '/v0/readyz' });
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const address = other.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const options = { version: '1', health: { ...health, port, address: '127.0.0.1' } };
      await expect(startHealthServer(options, new Registry())).rejects.toThrow('EADDRINUSE');
    } finally {
      other.close();
    }
  });

  it('are minutes where the chart writes a number without a unit, and not the time of another program', () => {
    const settings = (env: Record<string, string>) => readSettings([], env, 'test').podReadyTimeout;
    expect(settings({ TIMEOUT_WORKER_POD_READY: '600' })).toBe(600 * 60_000);
    expect(settings({ KOPIA_SERVER_START_TIMEOUT: '600' })).toBe(settings({}));
  });

  it('of pods have both names, of which the newer one counts; what is no number has the default', () => {
    const settings = (env: Record<string, string>) => readSettings([], env, 'test').podReadyTimeout;
    expect(settings({ KANISTER_POD_READY_WAIT_TIMEOUT: '7' })).toBe(7 * 60_000);
    const both = { KANISTER_POD_READY_WAIT_TIMEOUT: '7', TIMEOUT_WORKER_POD_READY: '8' };
    expect(settings(both)).toBe(8 * 60_000);
    expect(settings({ ...both, TIMEOUT_WORKER_POD_READY: 'soon' })).toBe(7 * 60_000);
    expect(settings({ TIMEOUT_WORKER_POD_READY: '1h' })).toBe(15 * 60_000);
  });
});
