import { copyFileSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import { type LoadOptions, loadKubeConfig } from '../kubernetes/load-kube-config.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { SERVICE_ACCOUNTS } from '../kubernetes/resources.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { selfSignedCertificate } from './tls/self-signed-certificate.ts';
import { testPods } from './testing/pods.ts';

interface Review extends KubernetesObject {
  status?: { userInfo?: { username?: string } };
}

describe.runIf(process.platform === 'linux')('programs that speak to a sandbox', () => {
  let folder: string;
  let sandbox: Sandbox;
  /** What the kubelet shows a pod as /var/run/secrets/kubernetes.io/serviceaccount. */
  let shown: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'credentials-'));
    const path = process.env['PATH'] ?? '';
    sandbox = await startSandbox({ folder: join(folder, 'sandbox'), objectStore: false, path });
    const pods = testPods(sandbox.client);
    const pod = await pods.create('program', [{ command: ['sleep', '1000'] }]);
    await pods.untilReady('program');
    const volume = pod.spec.volumes?.find(({ name }) => name.startsWith('kube-api-access-'))?.name ?? '';
    shown = join(folder, 'sandbox', 'pods', pod.metadata?.uid ?? '', 'volumes', volume);
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function whoAmI(options: Omit<LoadOptions, 'clock'>): Promise<{ name?: string; namespace: string }> {
    const { transport, namespace } = await loadKubeConfig({ ...options, clock: systemClock });
    const client = createClient(transport, { clock: systemClock });
    try {
      const type = {
        group: 'authentication.k8s.io',
        version: 'v1',
        resource: 'selfsubjectreviews',
        kind: 'SelfSubjectReview',
        namespaced: false,
      };
      const { status } = await client.create<Review>(type, { metadata: {} });
      const name = status?.userInfo?.username;
      return { ...(name !== undefined && { name }), namespace };
    } finally {
      await client.close();
    }
  }

  const inCluster = () => {
    const { hostname, port } = new URL(sandbox.url);
    return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  };
  const copyOfAccount = (name: string) => {
    const copy = join(folder, name);
    mkdirSync(copy);
    // Not as they stand: the volume's files are links into the folder that is exchanged when one of them changes.
    for (const file of ['token', 'namespace', 'ca.crt']) copyFileSync(join(shown, file), join(copy, file));
    return copy;
  };
  const ACCOUNT = 'system:serviceaccount:default:default';

  it('are known in a pod by its service account, with nothing else to go by', async () => {
    expect(await whoAmI({ env: inCluster(), serviceAccountDirectory: shown })).toEqual({
      name: ACCOUNT,
      namespace: 'default',
    });
  });

  it('take the new token as soon as the old one is refused', async () => {
    const serviceAccountDirectory = copyOfAccount('renewed');
    const token = join(serviceAccountDirectory, 'token');
    writeFileSync(token, 'expired');
    let later = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
    const { transport } = await loadKubeConfig({ env: inCluster(), serviceAccountDirectory, clock });
    const client = createClient(transport, { clock });
    try {
      const account = { name: 'default', namespace: 'default' };
      await expect(client.get(SERVICE_ACCOUNTS, account)).rejects.toMatchObject({ code: 401 });
      copyFileSync(join(shown, 'token'), token);
      expect(await client.get(SERVICE_ACCOUNTS, account)).toMatchObject({ metadata: account });
      unlinkSync(token); // as while it is being replaced
      later = 60_000;
      expect(await client.get(SERVICE_ACCOUNTS, account)).toMatchObject({ metadata: account });
    } finally {
      await client.close();
    }
  });

  it('give no token to a server that another authority vouches for', async () => {
    const serviceAccountDirectory = copyOfAccount('misled');
    const { hostname } = new URL(sandbox.url);
    const another = selfSignedCertificate('kubernetes', { dns: [], addresses: [hostname] }, new Date());
    for (const authority of [another.certificate, undefined]) {
      if (authority === undefined) unlinkSync(join(serviceAccountDirectory, 'ca.crt'));
      else writeFileSync(join(serviceAccountDirectory, 'ca.crt'), authority);
      await expect(whoAmI({ env: inCluster(), serviceAccountDirectory })).rejects.toThrow(
        /^no answer from the API server https:\S+: .*certificate/,
      );
    }
  });

  it('say that there is no configuration where a pod has no service account', async () => {
    const serviceAccountDirectory = join(folder, 'absent');
    await expect(whoAmI({ env: inCluster(), serviceAccountDirectory })).rejects.toThrow(
      'invalid configuration: no configuration has been provided',
    );
  });

  it("are its administrator with the sandbox's kubeconfig, which goes before the pod's account", async () => {
    const env = { ...inCluster(), KUBECONFIG: sandbox.kubeconfig };
    const administrator = await whoAmI({ env, serviceAccountDirectory: shown });
    expect(administrator.name).not.toBe(ACCOUNT);
    expect(administrator.name).toBeDefined();
    expect(await whoAmI({ env: {}, kubeconfig: sandbox.kubeconfig, context: 'sandbox' })).toEqual(
      administrator,
    );
  });

  it('say which context, or which file, there is not', async () => {
    const kubeconfig = sandbox.kubeconfig;
    await expect(whoAmI({ env: {}, kubeconfig, context: 'production' })).rejects.toThrow(
      'context was not found for specified context: production (contexts there are: sandbox)',
    );
    await expect(whoAmI({ env: {}, kubeconfig: join(folder, 'none') })).rejects.toThrow(
      `stat ${join(folder, 'none')}: no such file or directory`,
    );
    await expect(whoAmI({ env: {}, kubeconfig: join(kubeconfig, 'inside') })).rejects.toThrow(
      `stat ${join(kubeconfig, 'inside')}: not a directory`,
    );
  });
});
