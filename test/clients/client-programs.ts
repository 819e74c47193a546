import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPrograms } from '../cluster/build-programs.ts';
import { clusterFolders } from '../cluster/folders.ts';
import { GO_MODULES } from '../cluster/go-modules.ts';
import type { GoModule } from '../cluster/go-modules.ts';
import { findProgram } from '../cluster/prerequisites.ts';
import { readSettings } from '../cluster/settings.ts';

const SOURCES = fileURLToPath(new URL('go', import.meta.url));

const CLIENTS: GoModule[] = [
  { name: 'helm', programs: { helm: 'helm.sh/helm/v3/cmd/helm' } },
  { name: 'client-go', programs: { 'client-go-check': '.' } },
];

/** Paths of the clients' programs; what is missing is built, which takes minutes the first time. */
export async function clientPrograms(): Promise<Record<'kubectl' | 'helm' | 'client-go-check', string>> {
  const settings = readSettings(process.env);
  if (!findProgram('go', settings.path)) {
    throw new Error(
      'the clients are built by Go, which is not on the PATH: install Go 1.26 or later (https://go.dev/dl)',
    );
  }
  const { programs } = clusterFolders(settings.cache);
  const build = {
    ...settings,
    programs,
    signal: AbortSignal.timeout(30 * 60_000),
    report: (line: string) => process.stderr.write(`${line}\n`),
  };
  // kubectl is one of the cluster's programs: all of Kubernetes is a single binary there.
  const kubernetes = await buildPrograms({
    ...build,
    modules: GO_MODULES.filter(({ name }) => name === 'kubernetes'),
  });
  const clients = await buildPrograms({ ...build, modules: CLIENTS, sources: SOURCES });
  return {
    kubectl: join(kubernetes['kubernetes'] ?? '', 'kubectl'),
    helm: join(clients['helm'] ?? '', 'helm'),
    'client-go-check': join(clients['client-go'] ?? '', 'client-go-check'),
  };
}
