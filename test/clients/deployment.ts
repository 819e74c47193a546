/** Small, and in every image table and registry. */
export const SHELL = 'busybox:1.36';

/** A Deployment whose pods say `greeting` and their environment's, and go on. */
export const deployment = (name: string, replicas = 1, greeting = 'one') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: SHELL,
            command: ['sh', '-c', 'echo "greeting $GREETING"; exec sleep 3600'],
            env: [{ name: 'GREETING', value: greeting }],
          },
        ],
      },
    },
  },
});
