import { conformanceCase } from '../conformance-case.ts';
import { createDefinition, DEFINITIONS, definitionOf } from '../custom-resource-of-case.ts';
import { shownAs } from '../kind-of-case.ts';

const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
const KINDS = [
  [
    '/api/v1',
    'configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods',
  ],
  ['/api/v1', 'podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services'],
  ['/apis/apps/v1', 'controllerrevisions daemonsets deployments replicasets statefulsets'],
  ['/apis/batch/v1', 'cronjobs jobs'],
  ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
  ['/apis/policy/v1', 'poddisruptionbudgets'],
  ['/apis/rbac.authorization.k8s.io/v1', 'clusterrolebindings clusterroles rolebindings roles'],
  ['/apis/storage.k8s.io/v1', 'csidrivers csinodes storageclasses volumeattachments'],
  ['/apis/networking.k8s.io/v1', 'ingressclasses ingresses networkpolicies'],
  ['/apis/discovery.k8s.io/v1', 'endpointslices'],
  ['/apis/coordination.k8s.io/v1', 'leases'],
  ['/apis/scheduling.k8s.io/v1', 'priorityclasses'],
  ['/apis/apiextensions.k8s.io/v1', 'customresourcedefinitions'],
  ['/apis/admissionregistration.k8s.io/v1', 'mutatingwebhookconfigurations validatingwebhookconfigurations'],
] as const;

conformanceCase('printer-columns', 'of all kinds', async (t) => {
  for (const [root, resources] of KINDS)
    for (const resource of resources.split(' ')) {
      const { columns } = shownAs(await t.quietly(() => t.get(`${root}/${resource}?limit=1`, TABLE)), []) as {
        columns: unknown;
      };
      t.note(resource, columns);
    }
});
conformanceCase(
  'printer-columns',
  'of a definition, with the object, its metadata, or nothing',
  async (t) => {
    const { path, type } = await createDefinition(t, {
      schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      version: {
        additionalPrinterColumns: [
          { name: 'Name', type: 'string', jsonPath: '.spec.name' },
          { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 2 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    });
    await t.quietly(() =>
      t.post(path, { ...type, metadata: { name: 'a' }, spec: { name: 'other', size: 3 } }),
    );
    for (const include of ['None', 'Metadata', 'Object'])
      await t.get(`${path}/a?includeObject=${include}`, TABLE);
  },
);
conformanceCase('printer-columns', 'columns and objects that cannot be had', async (t) => {
  for (const column of [
    { name: 'A', type: 'colour', jsonPath: '.spec.a' },
    { name: '', type: 'string', jsonPath: '.spec.a' },
    { name: 'A', type: 'string', jsonPath: 'spec.a' },
    { name: 'A', type: 'string', jsonPath: '.spec[' },
    { name: 'A', type: 'string', format: 'loud', jsonPath: '.spec.a' },
  ])
    await t.post(
      `${DEFINITIONS}?dryRun=All`,
      definitionOf(t, { schema: { type: 'object' }, version: { additionalPrinterColumns: [column] } }),
    );
  await t.get(`/api/v1/namespaces/${t.namespace}/configmaps?includeObject=All`, TABLE);
});
