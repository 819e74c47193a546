/** Everything that kanctl reads from its environment. */
export interface KanctlSettings {
  /** Credentials for `create profile`, so that they need not stand in a command line; empty when unset. */
  accessKey: string;
  secretKey: string;
  storageKey: string;
  /** For finding the cluster (KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, proxies), and handed on to credential plug-ins. */
  environment: Record<string, string | undefined>;
}

export function readSettings(environment: Record<string, string | undefined>): KanctlSettings {
  return {
    accessKey: environment['KANCTL_ACCESS_KEY'] ?? '',
    secretKey: environment['KANCTL_SECRET_KEY'] ?? '',
    storageKey: environment['KANCTL_STORAGE_KEY'] ?? '',
    environment,
  };
}
