import { randomBytes, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { messageOf } from '../engine/failure.ts';
import type { RandomnessKey } from '../engine/randomness.ts';
import { patiently } from '../engine/retry.ts';
import type { Secret } from '../engine/resolve-profile.ts';
import { isAlreadyExists } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import { getIfThere } from '../kubernetes/get-if-there.ts';
import { SECRETS } from '../kubernetes/resources.ts';

const NAME = 'kanister-operator-randomness';
const FIELD = 'key';

/**
 * The key from which templates draw their random values, kept in a Secret so that a phase that is resumed by another process renders
 * what it rendered before. Where the Secret can't be had: a key of this process.
 */
export async function obtainRandomnessKey(
  client: KubernetesClient,
  namespace: string,
  { clock, log, stop }: { clock: Clock; log: Logger; stop: AbortSignal },
): Promise<RandomnessKey> {
  try {
    const secret = await patiently(
      async () =>
        (await getIfThere<Secret>(client, SECRETS, { name: NAME, namespace })) ??
        (await create(client, namespace)),
      clock,
      stop,
    );
    const key = Buffer.from(secret.data?.[FIELD] ?? '', 'base64');
    if (key.length < 32)
      throw new Error(`the Secret ${namespace}/${NAME} holds no key of 32 bytes in "${FIELD}"`);
    return { id: secret.metadata?.uid ?? '', key };
  } catch (error) {
    stop.throwIfAborted();
    log.warn(
      { error: messageOf(error) },
      'no key for random values in templates can be kept: a phase that uses them and is interrupted will fail as outcome unknown',
    );
    return { id: `process:${randomUUID()}`, key: randomBytes(32) };
  }
}

async function create(client: KubernetesClient, namespace: string): Promise<Secret> {
  try {
    return await client.create<Secret>(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: NAME, namespace, labels: { 'app.kubernetes.io/managed-by': 'kanister-operator' } },
      type: 'Opaque',
      data: { [FIELD]: randomBytes(32).toString('base64') },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get<Secret>(SECRETS, { name: NAME, namespace });
  }
}
