/** Text of a kubeconfig (JSON, which is YAML) with the sandbox as its only cluster. */
export function formatKubeconfig(cluster: {
  url: string;
  certificateAuthority: string;
  token: string;
}): string {
  const name = 'sandbox';
  const authority = Buffer.from(cluster.certificateAuthority).toString('base64');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: cluster.url, 'certificate-authority-data': authority } }],
    users: [{ name, user: { token: cluster.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  };
  return `${JSON.stringify(kubeconfig, null, 2)}\n`;
}
