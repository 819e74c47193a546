/** What the integration suite is told; nothing else of it reads the environment. */
export interface IntegrationSettings {
  /** A file that describes a running cluster, as `npm run cluster:up` writes it; a sandbox of the suite's own when absent. */
  cluster: string | undefined;
}

export const readIntegrationSettings = (env: Record<string, string | undefined>): IntegrationSettings => ({
  cluster: env['TEST_CLUSTER'] || undefined,
});
