/** Kinds of a real cluster that this server does not have, by group/version and resource: it says so by name. */
const UNSERVED: Record<string, Record<string, string>> = {
  v1: { bindings: 'Binding', componentstatuses: 'ComponentStatus' },
  'admissionregistration.k8s.io/v1': {
    validatingadmissionpolicies: 'ValidatingAdmissionPolicy',
    validatingadmissionpolicybindings: 'ValidatingAdmissionPolicyBinding',
  },
  'apiregistration.k8s.io/v1': { apiservices: 'APIService' },
  'certificates.k8s.io/v1': { certificatesigningrequests: 'CertificateSigningRequest' },
  'flowcontrol.apiserver.k8s.io/v1': {
    flowschemas: 'FlowSchema',
    prioritylevelconfigurations: 'PriorityLevelConfiguration',
  },
  'networking.k8s.io/v1': { ipaddresses: 'IPAddress', servicecidrs: 'ServiceCIDR' },
  'node.k8s.io/v1': { runtimeclasses: 'RuntimeClass' },
  'resource.k8s.io/v1': {
    deviceclasses: 'DeviceClass',
    resourceclaims: 'ResourceClaim',
    resourceclaimtemplates: 'ResourceClaimTemplate',
    resourceslices: 'ResourceSlice',
  },
  'storage.k8s.io/v1': {
    csistoragecapacities: 'CSIStorageCapacity',
    volumeattributesclasses: 'VolumeAttributesClass',
  },
};

/** The kind that a path is about, where a real cluster has it and this server does not: `ResourceClaim (resource.k8s.io/v1)`. */
export function unservedKind(path: string): string | undefined {
  const [root, ...segments] = path.split('/').filter((segment) => segment !== '');
  const depth = root === 'api' ? 1 : root === 'apis' ? 2 : 0;
  if (depth === 0) return undefined;
  const groupVersion = segments.slice(0, depth).join('/');
  const rest = segments.slice(depth);
  const resource = rest[0] === 'namespaces' && rest.length > 2 ? rest[2] : rest[0];
  const kind = UNSERVED[groupVersion]?.[resource ?? ''];
  return kind === undefined ? undefined : `${kind} (${groupVersion})`;
}
