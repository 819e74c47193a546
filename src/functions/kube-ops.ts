import { boolean, string } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction } from '../engine/function.ts';
import { objectReference } from '../engine/object-reference-argument.ts';
import { deleteObject } from '../objects/delete-object.ts';
import { patchObject } from '../objects/patch-object.ts';
import { specMissing } from '../objects/read-spec.ts';
import { writeManifests } from '../objects/write-manifests.ts';

/** Creates, deletes, patches or applies objects of any kind. Kanister 0.119: KubeOps, which has no `apply`. */
export const kubeOps = defineFunction({
  name: 'KubeOps',
  doc: 'Creates, deletes, patches or applies objects of any kind that the cluster serves, with or without a namespace.',
  afterRestart:
    'It goes on with the object where it was: what it has created is recognised, what it has deleted is waited for, a patch is made again.',
  args: {
    operation: string({ required: true, doc: 'create, delete, patch or apply' }),
    namespace: string({
      doc: 'namespace of objects that name none themselves; default when absent, except for a patch',
    }),
    spec: string({
      doc: 'YAML or JSON: for create and apply the objects, in one or several documents, for patch the fields to change',
    }),
    objectReference: objectReference({
      doc: 'what to delete or to patch: apiVersion (without the group), group, resource (the plural), name, namespace',
    }),
    forceConflicts: boolean({
      default: false,
      doc: 'whether apply takes over fields that others manage, rather than to fail with a Conflict',
    }),
  },
  outputs: {
    apiVersion: 'version of the object, of the last one where there are several',
    group: 'its group, empty for the core group',
    resource: 'its resource, in the plural',
    kind: 'the kind of objectReference; empty when it was created or applied',
    name: 'its name',
    namespace: 'its namespace; absent where it has none',
  },
  permissions: [{ group: '*', resources: ['*'], verbs: ['create', 'get', 'patch', 'delete'] }],
  revision: 2,
  validate({ operation, spec }) {
    // A template is known when it has been rendered.
    if (typeof operation !== 'string' || operation.includes('{{')) return;
    const known = operationOf(operation);
    if (known !== 'delete' && (spec === undefined || spec === null || spec === '')) throw specMissing(known);
  },
  async run(args, context) {
    const operation = operationOf(args.operation);
    switch (operation) {
      case 'create':
      case 'apply':
        return writeManifests(context, operation, args);
      case 'patch':
        return patchObject(context, args);
      case 'delete':
        return deleteObject(context, args);
    }
  },
});

const OPERATIONS = ['create', 'delete', 'patch', 'apply'] as const;

function operationOf(text: string): (typeof OPERATIONS)[number] {
  const operation = OPERATIONS.find((known) => known === text);
  if (operation !== undefined) return operation;
  throw new Failure('InvalidArgument', `invalid operation '${text}'`, {
    argument: 'operation',
    hint: 'operation is create, delete, patch or apply, in small letters.',
  });
}
