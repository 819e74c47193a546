import {
  bool,
  bytes,
  fieldNames,
  fromJson,
  list,
  map,
  nilPointer,
  pointer,
  string,
  strings,
  struct,
  type StructField,
  type StructValue,
  type Value,
} from '../gotemplate/index.ts';
import type { Artifact, ResolvedProfile } from '../api/kanister/types.ts';
import type { Json, ObjectMeta, ResourceType } from '../kubernetes/objects.ts';
import { NAMESPACES, PERSISTENT_VOLUME_CLAIMS } from '../kubernetes/resources.ts';
import { objectMetaValue } from './object-meta-value.ts';
import type { Workload } from './function.ts';
import type { ConfigMap, Parameters, PhaseParameters } from './parameters.ts';
import type { Secret } from './resolve-profile.ts';
import { resourceOf } from './target-object.ts';

/**
 * The parameters as the template engine sees them: Go's types and field names, in the order in which `toJson .` prints them.
 * Source: `pkg/param` of Kanister 0.119.
 */
export function templateData(parameters: Parameters): Value {
  const { action, subject } = parameters;
  return struct('param.TemplateParams', [
    { name: 'StatefulSet', value: workload('StatefulSet', subject) },
    { name: 'DeploymentConfig', value: workload('DeploymentConfig', subject) },
    { name: 'Deployment', value: workload('Deployment', subject) },
    { name: 'PVC', value: named('param.PVCParams', parameters, PERSISTENT_VOLUME_CLAIMS) },
    { name: 'Namespace', value: named('param.NamespaceParams', parameters, NAMESPACES) },
    { name: 'ArtifactsIn', value: artifacts(action.artifacts) },
    { name: 'ConfigMaps', value: mapOf(parameters.configMaps, 'v1.ConfigMap', configMap, configMap({})) },
    { name: 'Secrets', value: mapOf(parameters.secrets, 'v1.Secret', secret, secret({})) },
    { name: 'Time', value: string(parameters.time) },
    { name: 'Profile', value: profile(parameters.profile) },
    { name: 'RepositoryServer', value: nilPointer('param.RepositoryServer', REPOSITORY_SERVER_FIELDS) },
    { name: 'Options', value: texts(action.options) },
    { name: 'Object', value: kubernetes(parameters.object) },
    { name: 'CurrentPhase', value: nilPointer('param.Phase', PHASE_FIELDS) },
    { name: 'Phases', value: mapOf(parameters.phases, '*param.Phase', (own) => pointer(phase(own))) },
    { name: 'DeferPhase', value: pointer(phase(parameters.deferPhase)) },
    { name: 'PodOverride', value: action.podOverride ? kubernetes(action.podOverride) : map(null) },
    { name: 'PodAnnotations', value: texts(action.podAnnotations) },
    { name: 'PodLabels', value: texts(action.podLabels) },
  ]);
}

const WORKLOAD_FIELDS = ['Name', 'Namespace', 'Pods', 'Containers', 'PersistentVolumeClaims'];
const REPOSITORY_SERVER_FIELDS = [
  'Name',
  'Namespace',
  'ServerInfo',
  'Username',
  'Credentials',
  'Address',
  'ContentCacheMB',
  'MetadataCacheMB',
];
const PHASE_FIELDS = ['Secrets', 'ConfigMaps', 'Output'];

function workload(kind: Workload['kind'], subject: Workload | undefined): Value {
  const type = `param.${kind}Params`;
  if (subject?.kind !== kind) return nilPointer(type, WORKLOAD_FIELDS);
  return pointer(
    struct(type, [
      { name: 'Name', value: string(subject.name) },
      { name: 'Namespace', value: string(subject.namespace) },
      { name: 'Pods', value: strings(subject.pods) },
      {
        name: 'Containers',
        value: list(
          subject.containers.map((names) => strings(names)),
          '[]string',
        ),
      },
      {
        name: 'PersistentVolumeClaims',
        value: mapOf(subject.persistentVolumeClaims, 'map[string]string', (paths) => texts(paths)),
      },
    ]),
  );
}

/** A namespace's parameters both come from the reference; where it names no namespace, its own name stands for that. */
function named(type: string, { action, object }: Parameters, resource: ResourceType): Value {
  // By the kind alone: PVCs that are named by their group, version and resource are none in the original either.
  if (resourceOf(action.object) !== resource) return nilPointer(type, ['Name', 'Namespace']);
  const metadata = object['metadata'] as ObjectMeta | undefined;
  const isNamespace = resource === NAMESPACES;
  const namespace = action.object.namespace || (isNamespace ? metadata?.name : metadata?.namespace) || '';
  const name = isNamespace ? namespace : (action.object.name ?? '');
  return pointer(
    struct(type, [
      { name: 'Name', value: string(name) },
      { name: 'Namespace', value: string(namespace) },
    ]),
  );
}

function artifacts(given: Record<string, Artifact> | undefined): Value {
  const zero = artifact({});
  if (!given) return map(null, { element: 'v1alpha1.Artifact', zero });
  const entries = Object.entries(given).map(([name, one]): [string, Value] => [name, artifact(one)]);
  return map(entries, { element: 'v1alpha1.Artifact', zero });
}

function artifact({ keyValue, kopiaSnapshot }: Artifact): Value {
  return struct('v1alpha1.Artifact', [
    { name: 'KeyValue', json: 'keyValue', omitEmpty: true, value: texts(keyValue) },
    { name: 'KopiaSnapshot', json: 'kopiaSnapshot', omitEmpty: true, value: string(kopiaSnapshot ?? '') },
  ]);
}

function phase(own: PhaseParameters): Value {
  return struct('param.Phase', [
    { name: 'Secrets', value: mapOf(own.secrets, 'v1.Secret', secret, secret({})) },
    { name: 'ConfigMaps', value: mapOf(own.configMaps, 'v1.ConfigMap', configMap, configMap({})) },
    { name: 'Output', value: own.output ? kubernetes(own.output) : map(null) },
  ]);
}

function secret(object: Secret): StructValue {
  return struct('v1.Secret', [
    typeMeta(),
    objectMetaValue(object.metadata),
    immutable(object),
    { name: 'Data', json: 'data', omitEmpty: true, value: binary(object.data) },
    { name: 'StringData', json: 'stringData', omitEmpty: true, value: texts(undefined) },
    { name: 'Type', json: 'type', omitEmpty: true, value: string(object.type ?? '', 'v1.SecretType') },
  ]);
}

function configMap(object: ConfigMap): Value {
  return struct('v1.ConfigMap', [
    typeMeta(),
    objectMetaValue(object.metadata),
    immutable(object),
    { name: 'Data', json: 'data', omitEmpty: true, value: texts(object.data) },
    { name: 'BinaryData', json: 'binaryData', omitEmpty: true, value: binary(object.binaryData) },
  ]);
}

/** Objects that are decoded into their Go types have no kind and apiVersion. */
function typeMeta(): StructField {
  return {
    name: 'TypeMeta',
    embedded: true,
    value: struct('v1.TypeMeta', [
      { name: 'Kind', json: 'kind', omitEmpty: true, value: string('') },
      { name: 'APIVersion', json: 'apiVersion', omitEmpty: true, value: string('') },
    ]),
  };
}

function immutable(object: Secret | ConfigMap): StructField {
  const value = object.immutable === undefined ? nilPointer('bool') : pointer(bool(object.immutable));
  return { name: 'Immutable', json: 'immutable', omitEmpty: true, value };
}

function profile(resolved: ResolvedProfile | undefined): Value {
  if (!resolved) return nilPointer('param.Profile', ['Location', 'Credential', 'SkipSSLVerify']);
  const { Location: location, Credential: credential } = resolved;
  return pointer(
    struct('param.Profile', [
      {
        name: 'Location',
        value: struct('v1alpha1.Location', [
          { name: 'Type', json: 'type', value: string(location.type, 'v1alpha1.LocationType') },
          { name: 'Bucket', json: 'bucket', value: string(location.bucket) },
          { name: 'Endpoint', json: 'endpoint', value: string(location.endpoint) },
          { name: 'Prefix', json: 'prefix', value: string(location.prefix) },
          { name: 'Region', json: 'region', value: string(location.region) },
        ]),
      },
      {
        name: 'Credential',
        value: struct('param.Credential', [
          { name: 'Type', value: string(credential.Type, 'param.CredentialType') },
          { name: 'KeyPair', value: keyPair(credential.KeyPair) },
          {
            name: 'Secret',
            value: credential.Secret
              ? pointer(secret(credential.Secret))
              : nilPointer('v1.Secret', fieldNames(secret({}))),
          },
          { name: 'KopiaServerSecret', value: kopiaServer(credential.KopiaServerSecret) },
        ]),
      },
      { name: 'SkipSSLVerify', value: bool(resolved.SkipSSLVerify) },
    ]),
  );
}

function keyPair(pair: ResolvedProfile['Credential']['KeyPair']): Value {
  if (!pair) return nilPointer('param.KeyPair', ['ID', 'Secret']);
  return pointer(
    struct('param.KeyPair', [
      { name: 'ID', value: string(pair.ID) },
      { name: 'Secret', value: string(pair.Secret) },
    ]),
  );
}

function kopiaServer(server: ResolvedProfile['Credential']['KopiaServerSecret']): Value {
  const fields = ['Username', 'Hostname', 'Password', 'Cert', 'ConnectOptions'];
  if (!server) return nilPointer('param.KopiaServerCreds', fields);
  return pointer(
    struct('param.KopiaServerCreds', [
      { name: 'Username', value: string(server.Username) },
      { name: 'Hostname', value: string(server.Hostname) },
      { name: 'Password', value: string(server.Password) },
      { name: 'Cert', value: string(server.Cert) },
      {
        name: 'ConnectOptions',
        value: server.ConnectOptions ? kubernetes(server.ConnectOptions) : map(null, { element: 'int' }),
      },
    ]),
  );
}

/** Integers in Kubernetes objects are int64 in Go. */
function kubernetes(json: Json): Value {
  return fromJson(json, { integers: 'int64' });
}

function texts(entries: Record<string, string> | null | undefined): Value {
  if (!entries) return map(null, { element: 'string' });
  return mapOf(entries, 'string', (text) => string(text));
}

function binary(entries: Record<string, string> | undefined): Value {
  return mapOf(entries ?? {}, '[]uint8', (base64) => bytes(Buffer.from(base64, 'base64')));
}

/** @param zero what `index` gives for a key that is not there. */
function mapOf<T>(
  entries: Record<string, T>,
  element: string,
  convert: (entry: T) => Value,
  zero?: Value,
): Value {
  return map(
    Object.entries(entries).map(([key, entry]): [string, Value] => [key, convert(entry)]),
    zero === undefined ? { element } : { element, zero },
  );
}
