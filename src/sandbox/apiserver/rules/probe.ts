import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { negativeCounts } from './count.ts';
import { portNameComplaints } from './port-name.ts';

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'];

/** `succeedsAtOnce`: of a probe whose success is not counted. */
export function probeErrors(probe: Fields, succeedsAtOnce: boolean, at: string): FieldError[] {
  return [
    ...handlerErrors(probe, at),
    ...negativeCounts(probe, at, [
      'initialDelaySeconds',
      'timeoutSeconds',
      'periodSeconds',
      'successThreshold',
      'failureThreshold',
    ]),
    ...(succeedsAtOnce && probe.successThreshold !== 1
      ? [invalidValue(`${at}.successThreshold`, probe.successThreshold, 'must be 1')]
      : []),
  ];
}

export function handlerErrors(handler: Fields, at: string): FieldError[] {
  const given = HANDLERS.filter((kind) => handler[kind] !== undefined);
  const [kind, ...others] = given;
  if (kind === undefined) return [required(at, 'must specify a handler type')];
  return [
    ...oneHandlerErrors(kind, fieldsOf(handler[kind]), `${at}.${kind}`),
    ...others.map((other) => forbiddenField(`${at}.${other}`, 'may not specify more than 1 handler type')),
  ];
}

function oneHandlerErrors(kind: string, handler: Fields, at: string): FieldError[] {
  switch (kind) {
    case 'exec':
      return listOf(handler.command).length === 0 ? [required(`${at}.command`)] : [];
    case 'httpGet':
      return [
        ...portErrors(handler.port, `${at}.port`),
        ...(['HTTP', 'HTTPS'].includes(textOf(handler.scheme))
          ? []
          : [unsupportedValue(`${at}.scheme`, handler.scheme, ['HTTP', 'HTTPS'])]),
      ];
    case 'tcpSocket':
    case 'grpc':
      return portErrors(handler.port, `${at}.port`);
    default:
      return [];
  }
}

function portErrors(port: unknown, at: string): FieldError[] {
  if (typeof port === 'string') return portNameComplaints(port).map((text) => invalidValue(at, port, text));
  const number = typeof port === 'number' ? port : 0;
  return number < 1 || number > 65_535
    ? [invalidValue(at, number, 'must be between 1 and 65535, inclusive')]
    : [];
}
