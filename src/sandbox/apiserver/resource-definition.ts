import type { ObjectMeta } from '../../kubernetes/objects.ts';
import type { Fields } from './json-value.ts';
import type { ServerContext } from './server-context.ts';
import type { FieldError } from './status-error.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** An object as it is stored and sent: whole, with its type and name. Never changed in place once stored. */
export interface ApiObject extends Fields {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta & { name: string };
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export const ALL_VERBS: Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** What raises `metadata.generation`. */
export type GenerationRule =
  | 'never'
  | 'at-first'
  | 'spec'
  | 'all-but-metadata'
  | 'all-but-metadata-and-status';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description?: string;
  priority?: number;
  cell(object: ApiObject, now: Date): unknown;
}

/** Where a custom resource keeps its replicas, as JSON paths without the leading dot. */
export interface ScalePaths {
  specReplicas: string[];
  statusReplicas: string[];
  labelSelector?: string[];
}

/** What defaulting may ask of the server. */
export interface DefaultingContext {
  /** For a service that asks for no address of its own. */
  allocateAddress(): string;
  /** For a port that is to be reachable at every node. */
  /** `taken` are those that the Service itself has. */
  allocateNodePort(taken: readonly unknown[]): number;
}

/**
 * One resource of the API, in one version. All that the server knows about a kind stands here: the behaviours
 * (create, update, watch, …) are the same for all kinds.
 */
export interface ResourceDefinition {
  group: string;
  version: string;
  resource: string;
  singular: string;
  kind: string;
  listKind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  verbs: Verb[];
  /** Objects with the same storage are the same objects, whatever group or version asks. */
  storage: string;
  /** The version in which objects are kept, where it is not this one. */
  storedVersion?: string;
  generation: GenerationRule;
  /** `status` is written through its subresource only. */
  statusSubresource: boolean;
  scale?: ScalePaths;
  /** Further subresources: `log`, `exec`, `binding`, `eviction`, `finalize`, `token`, `approval`. */
  subresources: string[];
  /** How names must look: DNS-1123 subdomain (most), label (namespaces), or a path segment (RBAC). */
  nameRule: 'subdomain' | 'label' | 'label1035' | 'path-segment';
  /** What every answer warns of, where the resource is on its way out. */
  deprecation?: string;
  /** An update has to say which version of the object it is based on. */
  requiresResourceVersion: boolean;
  /** A delete answers with the object, not with a Status. */
  returnsDeleted: boolean;
  /** Selectable fields besides metadata.name and metadata.namespace. */
  selectableFields: Record<string, (object: ApiObject) => string>;
  columns: PrinterColumn[];
  schema?: StructuralSchema;
  /** Fills in what the client left out; changes the object. */
  applyDefaults?(object: ApiObject, context: DefaultingContext): void;
  /** Sets what only the server decides, and drops what a client may not set. Changes the object. */
  prepareCreate?(object: ApiObject, context: DefaultingContext): void;
  prepareUpdate?(object: ApiObject, old: ApiObject, context: DefaultingContext): void;
  validate?(object: ApiObject): FieldError[];
  /** What a valid object's client should hear of. */
  warnings?(object: ApiObject): string[];
  validateUpdate?(object: ApiObject, old: ApiObject): FieldError[];
  /** What a delete does to the object first: finalizers of the server's own. Returns a new object where it changes something. */
  prepareDelete?(object: ApiObject, context: ServerContext): ApiObject;
  /** What the server does of itself once an object was written or is gone. */
  afterWrite?(context: ServerContext, object: ApiObject): void;
  /** Between what is stored and what this version shows; both return new objects. */
  fromStorage?(object: ApiObject): ApiObject;
  toStorage?(object: ApiObject): ApiObject;
}

export const apiVersionOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `${group}/${version}` : version;
