import { readField, readResource } from './field-reference.ts';
import type { Container, EnvironmentSource, EnvironmentVariable, KeyReference, Pod } from './pod.ts';
import { CannotConfigure } from './container-runtime.ts';
import type { StoredData, StoredKind } from './stored-data.ts';

export interface EnvironmentContext {
  pod: Pod;
  container: Container;
  stored: StoredData;
  /** The pod's IP. */
  address: string;
  nodeAddress: string;
  /** What every container of the namespace gets: the API server and the services. */
  services: Record<string, string>;
  /** What the image brings along. */
  image: Record<string, string>;
}

export interface ContainerEnvironment {
  /** Everything that the command gets. */
  variables: Record<string, string>;
  /** Replaces `$(NAME)`; `$$(NAME)` stands for `$(NAME)`, a name that is not set for itself. */
  expand(text: string): string;
  /** Names that the shell of the set-up could not carry; they are left out. */
  skipped: string[];
}

/**
 * The environment of a container: image, services, `envFrom`, then `env`, the later one winning.
 * @throws {CannotConfigure} when a ConfigMap, Secret or key is missing that is not optional.
 */
export async function resolveEnvironment(context: EnvironmentContext): Promise<ContainerEnvironment> {
  const own: Record<string, string> = { ...context.services };
  for (const source of context.container.envFrom ?? [])
    Object.assign(own, await readSource(source, context.stored));
  for (const variable of context.container.env ?? []) {
    const value = await readVariable(variable, own, context);
    if (value !== undefined) own[variable.name] = value;
  }
  const all = Object.entries({ ...context.image, ...own });
  return {
    variables: Object.fromEntries(all.filter(([name]) => canCarry(name))),
    expand: (text) => expand(text, own),
    skipped: all.map(([name]) => name).filter((name) => !canCarry(name)),
  };
}

const canCarry = (name: string) => /^[A-Za-z_]\w*$/.test(name);

async function readSource(source: EnvironmentSource, stored: StoredData): Promise<Record<string, string>> {
  const kind: StoredKind = source.secretRef ? 'secret' : 'configmap';
  const reference = source.secretRef ?? source.configMapRef;
  const data = await stored.read(kind, reference?.name ?? '', reference?.optional);
  const prefix = source.prefix ?? '';
  return Object.fromEntries([...(data ?? [])].map(([key, value]) => [prefix + key, value.toString()]));
}

async function readVariable(
  variable: EnvironmentVariable,
  before: Record<string, string>,
  context: EnvironmentContext,
): Promise<string | undefined> {
  const { pod, container, stored, address, nodeAddress } = context;
  const from = variable.valueFrom;
  if (from?.fieldRef) return readField(pod, from.fieldRef.fieldPath, address, nodeAddress);
  if (from?.resourceFieldRef) {
    const { containerName, resource, divisor } = from.resourceFieldRef;
    const of = pod.spec.containers.find(({ name }) => name === containerName) ?? container;
    return readResource(of, resource, divisor);
  }
  if (from?.secretKeyRef) return readKey('secret', from.secretKeyRef, stored, pod);
  if (from?.configMapKeyRef) return readKey('configmap', from.configMapKeyRef, stored, pod);
  return expand(variable.value ?? '', before);
}

async function readKey(
  kind: StoredKind,
  reference: KeyReference,
  stored: StoredData,
  pod: Pod,
): Promise<string | undefined> {
  const data = await stored.read(kind, reference.name ?? '', reference.optional);
  const value = data?.get(reference.key);
  if (value !== undefined) return value.toString();
  if (reference.optional) return undefined;
  const label = kind === 'secret' ? 'Secret' : 'ConfigMap';
  throw new CannotConfigure(
    `couldn't find key ${reference.key} in ${label} ${pod.metadata?.namespace}/${reference.name}`,
  );
}

function expand(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^()]+)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (variables[name] ?? match),
  );
}
