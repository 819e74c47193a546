import {
  equalJson,
  fieldsOf,
  isFields,
  listOf,
  ownFields,
  ownSpec,
  setDefault,
  textOf,
} from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import { portNameComplaints } from './port-name.ts';
import type { ApiObject, DefaultingContext } from '../resource-definition.ts';
import { duplicateValue, forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const ALLOCATING = ['ClusterIP', 'NodePort', 'LoadBalancer'];
const EXTERNAL = ['NodePort', 'LoadBalancer'];

/** Three hours. */
const AFFINITY_SECONDS = 10_800;

export function applyServiceDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    setDefault(
      ownFields(ownFields(spec, 'sessionAffinityConfig'), 'clientIP'),
      'timeoutSeconds',
      AFFINITY_SECONDS,
    );
  }
  setDefault(spec, 'type', 'ClusterIP');
  for (const port of listOf(spec.ports)) {
    if (!isFields(port)) continue;
    setDefault(port, 'protocol', 'TCP');
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port ?? 0;
  }
  if (isExternal(spec)) setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (ALLOCATING.includes(textOf(spec.type))) setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec.type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
}

/** Gives a valid service its addresses and ports. */
export function allocateForService(object: ApiObject, context: DefaultingContext): void {
  object.status = { loadBalancer: {} };
  allocate(ownSpec(object), context);
}

/** An update that leaves out what was allocated keeps it; one that changes the type gets, or gives back, what belongs to it. */
export function keepAllocated(object: ApiObject, old: ApiObject, context: DefaultingContext): void {
  const spec = ownSpec(object);
  const before = fieldsOf(old.spec);
  if (spec.type === 'ExternalName') {
    if (before.type !== 'ExternalName') for (const field of ADDRESS_FIELDS) delete spec[field];
    return;
  }
  if (before.type !== 'ExternalName') {
    const unset = textOf(spec.clusterIP) === '';
    for (const field of ADDRESS_FIELDS) if (unset || spec[field] === undefined) spec[field] = before[field];
  }
  const portsBefore = listOf(before.ports).map(fieldsOf);
  if (EXTERNAL.includes(textOf(spec.type))) {
    for (const port of listOf(spec.ports)) {
      if (!isFields(port) || port.nodePort) continue;
      const same = portsBefore.find((other) => other.port === port.port && other.protocol === port.protocol);
      if (same?.nodePort) port.nodePort = same.nodePort;
    }
  } else {
    for (const port of listOf(spec.ports)) {
      if (!isFields(port)) continue;
      if (portsBefore.some((other) => other.nodePort === port.nodePort)) delete port.nodePort;
    }
    if (
      EXTERNAL.includes(textOf(before.type)) &&
      spec.externalTrafficPolicy === before.externalTrafficPolicy
    ) {
      delete spec.externalTrafficPolicy;
    }
    if (before.type === 'LoadBalancer') delete spec.allocateLoadBalancerNodePorts;
  }
  allocate(spec, context);
}

const ADDRESS_FIELDS = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

function allocate(spec: Fields, context: DefaultingContext): void {
  if (spec.type === 'ExternalName') return;
  const asked = listOf(spec.clusterIPs)[0];
  if (textOf(spec.clusterIP) === '') spec.clusterIP = textOf(asked) || context.allocateAddress();
  setDefault(spec, 'clusterIPs', [spec.clusterIP]);
  const selects = Object.keys(fieldsOf(spec.selector)).length > 0;
  // A headless service without a selector may have endpoints of both families.
  const open = spec.clusterIP === 'None' && !selects;
  setDefault(spec, 'ipFamilies', open ? ['IPv4', 'IPv6'] : ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', open ? 'RequireDualStack' : 'SingleStack');
  if (spec.type === 'ClusterIP' || spec.allocateLoadBalancerNodePorts === false) return;
  const ports = listOf(spec.ports).filter(isFields);
  for (const port of ports) {
    port.nodePort ||= context.allocateNodePort(ports.map(({ nodePort }) => nodePort));
  }
}

const isExternal = (spec: Fields): boolean =>
  EXTERNAL.includes(textOf(spec.type)) || (spec.type === 'ClusterIP' && listOf(spec.externalIPs).length > 0);

export function serviceWarnings({ spec }: ApiObject): string[] {
  const { clusterIP, sessionAffinity } = fieldsOf(spec);
  return clusterIP === 'None' && textOf(sessionAffinity) !== ''
    ? ['spec.SessionAffinity is ignored for headless services']
    : [];
}

export function serviceErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const ports = listOf(spec.ports).map(fieldsOf);
  const type = textOf(spec.type);
  const headless = spec.clusterIP === 'None';
  const errors: FieldError[] = [];
  if (type !== 'ExternalName' && !headless && ports.length === 0) errors.push(required('spec.ports'));
  if (type === 'LoadBalancer' && headless)
    errors.push(
      invalidValue('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"),
    );
  if (type === 'NodePort' && headless)
    errors.push(invalidValue('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"));
  if (type === 'ExternalName') errors.push(...externalNameErrors(spec));
  ports.forEach((port, index) =>
    errors.push(
      ...portErrors(
        port,
        { alone: ports.length === 1, earlier: ports.slice(0, index) },
        `spec.ports[${index}]`,
      ),
    ),
  );
  if (!['ClientIP', 'None'].includes(textOf(spec.sessionAffinity)))
    errors.push(unsupportedValue('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
  if (spec.sessionAffinity === 'ClientIP') {
    const seconds = fieldsOf(fieldsOf(spec.sessionAffinityConfig).clientIP).timeoutSeconds;
    if (typeof seconds !== 'number' || seconds <= 0 || seconds > 86_400)
      errors.push(
        invalidValue(
          'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
          seconds,
          'must be greater than 0 and less than 86400',
        ),
      );
  }
  if (![...ALLOCATING, 'ExternalName'].includes(type))
    errors.push(
      unsupportedValue('spec.type', type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    );
  if (type === 'ClusterIP') {
    ports.forEach((port, index) => {
      if (port.nodePort)
        errors.push(
          forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"),
        );
    });
  }
  errors.push(...duplicatePorts(ports), ...policyErrors(spec));
  return errors;
}

function externalNameErrors(spec: Fields): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['clusterIP', 'clusterIPs'] as const) {
    const values = field === 'clusterIP' ? textOf(spec[field]) : listOf(spec[field]);
    if (values.length > 0)
      errors.push(forbiddenField(`spec.${field}`, "may not be set when `type` is 'ExternalName'"));
  }
  const name = textOf(spec.externalName).replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName', ''));
  else
    errors.push(
      ...nameComplaints(name, 'subdomain').map((text) => invalidValue('spec.externalName', name, text)),
    );
  return errors;
}

function portErrors(
  port: Fields,
  { alone, earlier }: { alone: boolean; earlier: Fields[] },
  at: string,
): FieldError[] {
  const name = textOf(port.name);
  const errors: FieldError[] = [];
  if (name === '' && !alone) errors.push(required(`${at}.name`));
  if (name !== '') {
    errors.push(...nameComplaints(name, 'label').map((text) => invalidValue(`${at}.name`, name, text)));
    if (earlier.some((other) => other.name === name)) errors.push(duplicateValue(`${at}.name`, name));
  }
  if (!isPort(port.port)) errors.push(invalidValue(`${at}.port`, port.port ?? 0, PORT_RANGE));
  if (!['TCP', 'UDP', 'SCTP'].includes(textOf(port.protocol)))
    errors.push(unsupportedValue(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  if (typeof port.targetPort === 'number' && !isPort(port.targetPort))
    errors.push(invalidValue(`${at}.targetPort`, port.targetPort, PORT_RANGE));
  if (typeof port.targetPort === 'string')
    errors.push(
      ...portNameComplaints(port.targetPort).map((text) =>
        invalidValue(`${at}.targetPort`, port.targetPort, text),
      ),
    );
  return errors;
}

const PORT_RANGE = 'must be between 1 and 65535, inclusive';

const isPort = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;

function duplicatePorts(ports: Fields[]): FieldError[] {
  const errors: FieldError[] = [];
  ports.forEach((port, index) => {
    const same = (other: Fields) => other.port === port.port && other.protocol === port.protocol;
    if (ports.slice(0, index).some(same))
      errors.push(duplicateValue(`spec.ports[${index}]`, asGoHasIt(port)));
  });
  ports.forEach((port, index) => {
    if (!port.nodePort) return;
    const same = (other: Fields) => other.nodePort === port.nodePort && other.protocol === port.protocol;
    if (ports.slice(0, index).some(same))
      errors.push(duplicateValue(`spec.ports[${index}].nodePort`, port.nodePort));
  });
  return errors;
}

/** The server prints its own form of the type, whose fields have the names of Go; what two ports share is all that is filled in. */
const asGoHasIt = ({ protocol, port }: Fields) => ({
  Name: '',
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});

function policyErrors(spec: Fields): FieldError[] {
  const errors: FieldError[] = [];
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal } = spec;
  if (external !== undefined && !isExternal(spec))
    errors.push(
      invalidValue(
        'spec.externalTrafficPolicy',
        external,
        'may only be set for externally-accessible services',
      ),
    );
  else if (external !== undefined && external !== 'Cluster' && external !== 'Local')
    errors.push(unsupportedValue('spec.externalTrafficPolicy', external, ['Cluster', 'Local']));
  if (internal !== undefined && internal !== 'Cluster' && internal !== 'Local')
    errors.push(unsupportedValue('spec.internalTrafficPolicy', internal, ['Cluster', 'Local']));
  return errors;
}

export function serviceUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const after = fieldsOf(object.spec);
  const before = fieldsOf(old.spec);
  if (after.type === 'ExternalName' || before.type === 'ExternalName') return [];
  const [address] = listOf(after.clusterIPs);
  const [addressBefore] = listOf(before.clusterIPs);
  if (
    textOf(addressBefore) === '' ||
    (equalJson(address, addressBefore) && after.clusterIP === before.clusterIP)
  )
    return [];
  return [
    invalidValue(
      'spec.clusterIPs[0]',
      after.clusterIP === before.clusterIP ? after.clusterIPs : [after.clusterIP],
      'may not change once set',
    ),
  ];
}
