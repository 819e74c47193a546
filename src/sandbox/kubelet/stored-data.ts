import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { CannotConfigure } from './container-runtime.ts';
import { CONFIG_MAPS, SECRETS } from '../../kubernetes/resources.ts';

export type StoredKind = 'configmap' | 'secret';

interface StoredObject extends KubernetesObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

/** Reads ConfigMaps and Secrets of one namespace. */
export interface StoredData {
  /**
   * The content by key; `undefined` when the object does not exist and need not.
   * @throws {CannotConfigure} when it must exist.
   */
  read(kind: StoredKind, name: string, optional?: boolean): Promise<Map<string, Buffer> | undefined>;
}

export function storedDataOf(client: KubernetesClient, namespace: string, signal: AbortSignal): StoredData {
  return {
    async read(kind, name, optional) {
      const type: ResourceType = kind === 'secret' ? SECRETS : CONFIG_MAPS;
      try {
        const object = await client.get<StoredObject>(type, { name, namespace }, { signal });
        return decode(kind, object);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        if (optional) return undefined;
        throw new CannotConfigure(`${kind} "${name}" not found`);
      }
    },
  };
}

function decode(kind: StoredKind, object: StoredObject): Map<string, Buffer> {
  const encoded = kind === 'secret' ? object.data : object.binaryData;
  const text = kind === 'secret' ? {} : object.data;
  return new Map([
    ...Object.entries(text ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    ...Object.entries(encoded ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);
}
