import type { Logger } from 'pino';
import type { CustomResourceDefinition } from '../api/kanister/custom-resource-definition.ts';
import { kanisterCrds } from '../api/kanister/crds.ts';
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { ObjectMeta } from '../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kubernetes/resources.ts';

/** Raised whenever a schema of ours changes: an older operator leaves the CRDs of a newer one alone. */
const REVISION = 2;
const REVISION_ANNOTATION = 'cr.kanister.io/crd-revision';

/** Milliseconds. */
const ESTABLISHED_TIMEOUT = 60_000;

interface InstalledCrd extends Omit<CustomResourceDefinition, 'metadata'> {
  metadata: ObjectMeta & { name: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/**
 * Creates or updates our CRDs, and waits until they are served. Called by the leader only: each write of a CRD ends all watches of
 * its objects, so one that is as it should be is not written.
 */
export async function installCrds(
  client: KubernetesClient,
  clock: Clock,
  log: Logger,
  stop: AbortSignal,
): Promise<void> {
  for (const crd of kanisterCrds) await install(crd, client, clock, log, stop);
  for (const crd of kanisterCrds) await established(crd, client, clock, stop);
}

async function install(
  wanted: CustomResourceDefinition,
  client: KubernetesClient,
  clock: Clock,
  log: Logger,
  stop: AbortSignal,
): Promise<void> {
  const marked = withRevision(wanted);
  const name = wanted.metadata.name;
  for (;;) {
    stop.throwIfAborted();
    try {
      const found = await client.get<InstalledCrd>(CUSTOM_RESOURCE_DEFINITIONS, { name });
      const revision = Number(found.metadata.annotations?.[REVISION_ANNOTATION] ?? 0);
      if (revision > REVISION) log.warn(`${name} was installed by a later version and is left as it is`);
      if (revision >= REVISION) return;
      await client.replace(CUSTOM_RESOURCE_DEFINITIONS, {
        ...found,
        metadata: {
          ...found.metadata,
          annotations: { ...found.metadata.annotations, ...marked.metadata.annotations },
        },
        spec: marked.spec,
      });
      log.info(`updated ${name}`);
      return;
    } catch (error) {
      if (isForbidden(error)) {
        log.warn(
          { error: error.message },
          `${name} can't be updated: grant the rights, or install the CRDs by hand`,
        );
        return;
      }
      if (isConflict(error)) continue;
      if (!isNotFound(error)) throw error;
    }
    try {
      await client.create(CUSTOM_RESOURCE_DEFINITIONS, marked);
      log.info(`created ${name}`);
      return;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await clock.sleep(100, stop);
    }
  }
}

async function established(
  { metadata }: CustomResourceDefinition,
  client: KubernetesClient,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + ESTABLISHED_TIMEOUT;
  for (let delay = 20; ; delay = Math.min(delay * 2, 500)) {
    const found = await client
      .get<InstalledCrd>(CUSTOM_RESOURCE_DEFINITIONS, { name: metadata.name })
      // Without the right to read CRDs the lists and watches will tell.
      .catch((error: unknown) => {
        if (isForbidden(error)) return undefined;
        throw error;
      });
    if (!found) return;
    const conditions = found.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (clock.monotonic() > deadline)
      throw new Error(`${metadata.name} was not established in ${ESTABLISHED_TIMEOUT / 1000} s`);
    await clock.sleep(delay, stop);
  }
}

function withRevision(crd: CustomResourceDefinition): InstalledCrd {
  return { ...crd, metadata: { ...crd.metadata, annotations: { [REVISION_ANNOTATION]: String(REVISION) } } };
}
