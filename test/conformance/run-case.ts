import { randomBytes } from 'node:crypto';
import type { ConformanceCase } from './conformance-case.ts';
import { createConversation } from './conversation.ts';
import type { ConformanceCluster, Step } from './conversation.ts';
import { normalise } from './normalise.ts';

/** Runs a case in a namespace of its own, and gives its transcript with what can never be equal replaced. */
export async function runCase(cluster: ConformanceCluster, test: ConformanceCase): Promise<Step[]> {
  const token = randomBytes(4).toString('hex');
  const steps: Step[] = [];
  const { conversation, cleanUps } = createConversation(cluster, token, steps);
  const { namespace } = conversation;
  await conversation.quietly(async () => {
    await conversation.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    // Pods need it, and its controller makes it a moment after the namespace.
    await conversation.until(
      `/api/v1/namespaces/${namespace}/serviceaccounts/default`,
      (_, status) => status === 200,
    );
  });
  try {
    await withTimeout(test.run(conversation), test.timeout ?? 60_000, test.name);
  } finally {
    await conversation.quietly(async () => {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp();
      await conversation.delete(`/api/v1/namespaces/${namespace}`);
    });
  }
  return normalise(steps, { token, managedFields: test.managedFields ?? false });
}

async function withTimeout(work: Promise<void>, timeout: number, name: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`“${name}” took longer than ${timeout / 1000} s`)),
    timeout,
  );
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
