import { fieldsOf, listOf, textOf, valueAt } from './json-value.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';
import { conflict, invalid, notFound, required } from './status-error.ts';

const BINDING = { group: '', resource: 'bindings', kind: 'Binding' };

/** POST pods/NAME/binding: gives the pod its node, once. */
export function bindPod(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  body: unknown,
  dryRun: boolean,
): void {
  const node = textOf(valueAt(body, 'target', 'name'));
  if (node === '') throw invalid(BINDING, subject.name, [required('target.name')]);
  const pod = context.store.get(definition.storage, subject.namespace, subject.name);
  if (!pod) throw notFound(definition, subject.name);
  const bound = textOf(valueAt(pod, 'spec', 'nodeName'));
  if (bound !== '') {
    throw conflict(
      { ...definition, resource: 'pods/binding' },
      subject.name,
      `pod ${subject.name} is already assigned to node ${JSON.stringify(bound)}`,
    );
  }
  if (pod.metadata.deletionTimestamp) {
    const why = `pod ${subject.name} is being deleted, cannot be assigned to a host`;
    throw conflict({ ...definition, resource: 'pods/binding' }, subject.name, why);
  }
  if (dryRun) return;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(context.clock.now()),
  };
  const conditions = listOf(valueAt(pod, 'status', 'conditions')).filter(
    (condition) => fieldsOf(condition).type !== 'PodScheduled',
  );
  context.store.put(definition.storage, {
    ...pod,
    spec: { ...fieldsOf(pod.spec), nodeName: node },
    status: { ...fieldsOf(pod.status), conditions: [...conditions, scheduled] },
  });
}
