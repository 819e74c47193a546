import { readFile } from 'node:fs/promises';
import { ACTION_SETS, BLUEPRINTS, PROFILES } from '../../src/api/kanister/types.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import {
  DEPLOYMENTS,
  NAMESPACES,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  STATEFUL_SETS,
} from '../../src/kubernetes/resources.ts';
import { parseYamlDocuments } from '../../src/kubernetes/yaml.ts';

/** Creates the objects of a manifest file, in its order; those without a namespace go to `namespace`. */
export async function applyManifest(
  kubernetes: KubernetesClient,
  file: string,
  { namespace, signal }: { namespace: string; signal: AbortSignal },
): Promise<void> {
  for (const document of parseYamlDocuments(await readFile(file, 'utf8'), file)) {
    const object = document as KubernetesObject;
    const type = KINDS.find(({ kind }) => kind === object.kind);
    if (!type) throw new Error(`${file}: the demo does not know where to create a ${object.kind}`);
    const metadata = type.namespaced ? { namespace, ...object.metadata } : object.metadata;
    await kubernetes.create(type, { ...object, metadata }, { signal, fieldValidation: 'Strict' });
  }
}

const KINDS = [
  ACTION_SETS,
  BLUEPRINTS,
  PROFILES,
  DEPLOYMENTS,
  NAMESPACES,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  STATEFUL_SETS,
];
